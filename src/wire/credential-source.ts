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
 * Refuses to go on without credentials in the environment.
 *
 * @param advice - what else can be done, where there is something
 * @throws CopyOptionsError where there are none
 */
export function requireEnvironmentCredentials(families: readonly ('AWS' | 'OBS')[], advice: string): Credentials {
  const found = environmentCredentials(families);
  if (found !== undefined) return found;
  const looked = families.map((family) => ENVIRONMENT_NAMES[family].slice(0, 2).join(' and ')).join(', nor ');
  throw new CopyOptionsError(`No credentials: the environment has no ${looked}. ${advice}`);
}

const PASS_CREDENTIALS =
  'Pass credentials: { accessKeyId, secretAccessKey }, an async function that returns them, or false for anonymous requests';

class FixedCredentials implements CredentialSource {
  readonly renewable = false;
  readonly #credentials: Credentials | undefined;

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  current(): Credentials | undefined {
    return this.#credentials;
  }

  held(): Credentials | undefined {
    return this.#credentials;
  }

  replaced(): readonly Credentials[] {
    return [];
  }

  renew(): undefined {
    return undefined;
  }

  giveUp(): void {}
}

/**
 * Makes the credential source of a store from its option.
 *
 * @param families - environment variables to look at, in order, where `option` is left out
 * @throws CopyOptionsError where the option is malformed, or left out and the environment has none either
 */
export function createCredentialSource(option: unknown, families: readonly ('AWS' | 'OBS')[]): CredentialSource {
  if (option === false) return new FixedCredentials(undefined);
  if (option === undefined) return new FixedCredentials(requireEnvironmentCredentials(families, PASS_CREDENTIALS));
  if (typeof option === 'function') return new ProvidedCredentials(option as CredentialProvider);
  if (typeof option !== 'object' || option === null) {
    const rule =
      '{ accessKeyId, secretAccessKey, sessionToken? }, an async function that returns them, or false for anonymous requests';
    refuse({ path: 'credentials' }, rule, option, kindOf(option));
  }
  return new FixedCredentials(readCredentials(option, 'credentials').credentials);
}
