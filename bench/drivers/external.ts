import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { ACCESS_KEY, BUCKET, type DriverOptions, REGION, SOURCE_KEY } from './driver.ts';

/** Command-line tools, where they are installed. Variants: `aws`, `rclone`. Their CPU is that of their own process. */
export async function prepare(options: DriverOptions, variant: string): Promise<(key: string) => Promise<unknown>> {
  const { endpoint, partSize, concurrency } = options;
  const mib = Math.floor(partSize / 1024 / 1024);
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
  };
  return async (key) => {
    const command =
      variant === 'aws'
        ? `export AWS_CONFIG_FILE=$(mktemp); printf '[default]\\ns3 =\\n  addressing_style = path\\n  max_concurrent_requests = ${concurrency}\\n  multipart_chunksize = ${mib}MB\\n' > $AWS_CONFIG_FILE; aws --endpoint-url ${endpoint} s3 cp --quiet --metadata-directive REPLACE s3://${BUCKET}/${SOURCE_KEY} s3://${BUCKET}/${key}`
        : `rclone --config /dev/null copyto :s3,provider=Other,env_auth=true,force_path_style=true,copy_cutoff=${mib}Mi,no_check_bucket=true,endpoint='${endpoint}':${BUCKET}/${SOURCE_KEY} :s3,provider=Other,env_auth=true,force_path_style=true,copy_cutoff=${mib}Mi,no_check_bucket=true,endpoint='${endpoint}':${BUCKET}/${key}`;
    const child = spawn('bash', ['-c', command], { env: environment, stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number];
    if (code !== 0) throw new Error(`${variant} ended with code ${code}`);
  };
}
