import { kindOf, refuse } from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import { type CredentialProvider, type Credentials, type CredentialSource, readCredentials } from './credentials.ts';
import { ProvidedCredentials } from './provided-credentials.ts';

const ENVIRONMENT_NAMES = {
  AWS: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  OBS: ['OBS_ACCESS_KEY_ID', 'OBS_SECRET_ACCESS_KEY', 'OBS_SECURITY_TOKEN'],
} as const;

/** Credentials from the environment: those of the first family that is there. */
function environmentCredentials(families: readonly ('AWS' | 'OBS')[]): Credentials | undefined {
  for (const family of families) {
    const [idName, secretName, tokenName] = ENVIRONMENT_NAMES[family];
    const accessKeyId = process.env[idName];
    const secretAccessKey = process.env[secretName];
    if (!accessKeyId || !secretAccessKey) continue;
    const given = { accessKeyId, secretAccessKey, sessionToken: process.env[tokenName] };
    return readCredentials(given, 'credentials').credentials;
  }
  return undefined;
}

/**
 * Refuses to continue without credentials in the environment.
 *
 * @param advice - what else can be done, if there is something
 * @throws CopyOptionsError if there are none
 */
export function requireEnvironmentCredentials(families: readonly ('AWS' | 'OBS')[], advice: string): Credentials {
  const found = environmentCredentials(families);
  if (found !== undefined) return found;
  const looked = families.map((family) => ENVIRONMENT_NAMES[family].slice(0, 2).join(' and ')).join(', nor ');
  throw new CopyOptionsError(`No credentials: the environment has no ${looked}. ${advice}`);
}

const PASS_CREDENTIALS =
  'Pass credentials: { accessKeyId, secretAccessKey }, an async function that returns them, or false for anonymous requests';

function fixedCredentials(credentials: Credentials | undefined): CredentialSource {
  return { current: () => credentials, known: () => (credentials === undefined ? [] : [credentials]) };
}

/**
 * Makes the credential source of a store from its option.
 *
 * @param families - environment variables to look at, in order, if `option` is left out
 * @throws CopyOptionsError if the option is malformed, or left out and the environment has none either
 */
export function createCredentialSource(option: unknown, families: readonly ('AWS' | 'OBS')[]): CredentialSource {
  if (option === false) return fixedCredentials(undefined);
  if (option === undefined) return fixedCredentials(requireEnvironmentCredentials(families, PASS_CREDENTIALS));
  if (typeof option === 'function') return new ProvidedCredentials(option as CredentialProvider);
  if (typeof option !== 'object' || option === null) {
    const rule =
      '{ accessKeyId, secretAccessKey, sessionToken? }, an async function that returns them, or false for anonymous requests';
    refuse({ path: 'credentials' }, rule, option, kindOf(option));
  }
  return fixedCredentials(readCredentials(option, 'credentials').credentials);
}
