const ENDPOINT_VARIABLES = {
  s3: ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
  obs: ['OBS_ENDPOINT', 'OBS_SERVER'],
} as const;

/**
 * Where the environment says that a store is.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function environmentEndpoint(vendor: 's3' | 'obs'): string | undefined {
  if (vendor === 's3' && process.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true') return undefined;
  return readFirst(ENDPOINT_VARIABLES[vendor]);
}

/** The region that the environment names. */
export function environmentRegion(): string | undefined {
  return readFirst(['AWS_REGION', 'AWS_DEFAULT_REGION']);
}

function readFirst(names: readonly string[]): string | undefined {
  return names.map((name) => process.env[name]).find((value) => value !== undefined && value !== '');
}
