import { requireEnvironmentCredentials } from '../wire/credential-source.ts';
import { environmentProxy } from '../wire/environment-proxy.ts';
import { obsStore, s3Store } from '../wire/http-store.ts';
import { SILENT } from '../engine/copy-reporter.ts';
import { OperationRunner } from '../request/operation-runner.ts';
import type { CopyStore } from '../store/copy-store.ts';

/** Options that say where a store is and how to speak to it. */
export interface StoreFlags {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly pathStyle?: boolean;
  readonly signature?: 'obs' | 'v2' | 'v4';
  readonly etagFormula?: 'aws' | 'other';
  readonly conditions?: 'obeyed' | 'ignored';
  readonly maxParts?: number;
  readonly maxPartSize?: number;
}

/** A command that asks for one thing after another gives up sooner than a copy. */
const RETRY = { maxAttempts: 5, minDelayMs: 100, maxDelayMs: 5000, maxElapsedMs: 60_000 };

/** Makes what sends the requests of such a command. */
export function openRunner(): OperationRunner {
  return new OperationRunner(RETRY, undefined, SILENT);
}

const CREDENTIAL_VARIABLES = {
  s3: [
    ['AWS', 'OBS'],
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, if there is one) there; for a profile of the AWS CLI: eval "$(aws configure export-credentials --format env --profile NAME)"',
  ],
  obs: [
    ['OBS', 'AWS'],
    'Set OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY (and OBS_SECURITY_TOKEN, if there is one) there',
  ],
} as const;

/**
 * Makes the store that an address belongs to. The credentials, and the proxy if there is one, come from the environment only.
 *
 * @throws CopyOptionsError if something is missing
 */
export function openStore(
  scheme: 's3' | 'obs',
  { endpoint, region, signature, maxParts, maxPartSize, ...flags }: StoreFlags,
): CopyStore {
  // Looked at here first: what the library would advise is for code.
  const [families, advice] = CREDENTIAL_VARIABLES[scheme];
  requireEnvironmentCredentials(families, advice);
  const dispatcher = environmentProxy();
  const options = {
    endpoint,
    region,
    pathStyle: flags.pathStyle,
    etagFormula: flags.etagFormula,
    conditions: flags.conditions,
    dispatcher,
    limits: { maxParts, maxPartSize },
  };
  // What S3 doesn't know ("obs") is refused by the store itself.
  return scheme === 'obs'
    ? obsStore({ ...options, signature })
    : s3Store({ ...options, signature: signature as 'v4' | undefined });
}
