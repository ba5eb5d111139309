import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { ACCESS_KEY, BUCKET, type DriverOptions, REGION, SOURCE_KEY } from './driver.ts';

import { COPY_PREFIX, SMALL_PREFIX } from '../store/small-objects.ts';

const MIB = 1024 * 1024;

/** Command-line tools, where they are installed. Variants: `aws`, `rclone`; a whole prefix: `many-s5cmd`, `many-aws`, `many-rclone`. Their CPU is that of their own process. */
export async function prepare(options: DriverOptions, variant: string): Promise<(key: string) => Promise<unknown>> {
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
  };
  return async (key) => {
    const command = (COMMANDS[variant] as Format)(options, key);
    const child = spawn('bash', ['-c', command], { env: environment, stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number];
    if (code !== 0) throw new Error(`${variant} ended with code ${code}`);
  };
}

/** The AWS CLI takes its limits only from a file. */
function formatAwsCommand({ endpoint, partSize, concurrency }: DriverOptions, key: string): string {
  const limits = `max_concurrent_requests = ${concurrency}\\n  multipart_chunksize = ${Math.floor(partSize / MIB)}MB`;
  return [
    'export AWS_CONFIG_FILE=$(mktemp)',
    `printf '[default]\\ns3 =\\n  addressing_style = path\\n  ${limits}\\n' > $AWS_CONFIG_FILE`,
    `aws --endpoint-url ${endpoint} s3 cp --quiet --metadata-directive REPLACE s3://${BUCKET}/${SOURCE_KEY} s3://${BUCKET}/${key}`,
  ].join('; ');
}

function formatRcloneCommand({ endpoint, partSize }: DriverOptions, key: string): string {
  const options = 'provider=Other,env_auth=true,force_path_style=true,no_check_bucket=true';
  const store = `:s3,${options},copy_cutoff=${Math.floor(partSize / MIB)}Mi,endpoint='${endpoint}':${BUCKET}`;
  return `rclone --config /dev/null copyto "${store}/${SOURCE_KEY}" "${store}/${key}"`;
}

type Format = (options: DriverOptions, key: string) => string;

/** What copies a prefix. */
const COMMANDS: Readonly<Record<string, Format>> = {
  aws: formatAwsCommand,
  rclone: formatRcloneCommand,
  'many-s5cmd': ({ endpoint, concurrency }) =>
    `s5cmd --log error --endpoint-url ${endpoint} --numworkers ${concurrency} cp 's3://${BUCKET}/${SMALL_PREFIX}*' s3://${BUCKET}/${COPY_PREFIX}`,
  'many-rclone': ({ endpoint, concurrency }) => {
    const store = `:s3,provider=Other,env_auth=true,force_path_style=true,no_check_bucket=true,endpoint='${endpoint}':${BUCKET}`;
    return `rclone --config /dev/null copy --no-traverse --s3-no-head --transfers ${concurrency} --checkers ${concurrency} "${store}/${SMALL_PREFIX}" "${store}/${COPY_PREFIX}"`;
  },
  'many-aws': ({ endpoint, concurrency }) =>
    [
      'export AWS_CONFIG_FILE=$(mktemp)',
      `printf '[default]\\ns3 =\\n  addressing_style = path\\n  max_concurrent_requests = ${concurrency}\\n' > $AWS_CONFIG_FILE`,
      `aws --endpoint-url ${endpoint} s3 cp --quiet --recursive s3://${BUCKET}/${SMALL_PREFIX} s3://${BUCKET}/${COPY_PREFIX}`,
    ].join('; '),
};
