import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { ACCESS_KEY, BUCKET, type DriverOptions, REGION, SOURCE_KEY } from './driver.ts';

const MIB = 1024 * 1024;

/** Command-line tools, where they are installed. Variants: `aws`, `rclone`. Their CPU is that of their own process. */
export async function prepare(options: DriverOptions, variant: string): Promise<(key: string) => Promise<unknown>> {
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
  };
  return async (key) => {
    const command = (variant === 'aws' ? formatAwsCommand : formatRcloneCommand)(options, key);
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
