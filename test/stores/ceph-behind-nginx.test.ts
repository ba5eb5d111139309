import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runGatewayScript } from '../ceph/ceph-gateway.ts';
import { startCephGateway } from '../ceph/start-ceph-gateway.ts';
import { testStore } from './contract/test-store.ts';
import { needProgram } from './harness/run-program.ts';
import { startServer } from './harness/server-process.ts';

/** nginx gives up on a copy sooner than Ceph ends a part of 5 MiB; other requests have the time they need. */
const copyTimeoutMs = 50;
/** Each request of the gateway to the disk takes up to this; a part of 5 MiB needs four, one after another. */
const delaySeconds = 0.05;

testStore({
  name: 'Ceph RGW behind nginx',
  version: '16, 1.22',
  from: 'Debian 12: ceph-mon ceph-osd radosgw ceph-common nginx-light',
  losesAnswers: true,
  differs: {
    // looked for, and sent again, as long as the store may be at it; the gateway may cut the last one off
    'upload aborted by someone else':
      /^PartFailedError: Cannot copy part \d .* \d+ attempts? .* does not exist any more: .*; the older object stays$/,
  },
  start: async () => {
    await needProgram('nginx', ['-v'], 'on Debian: apt-get install --no-install-recommends nginx-light');
    const { gateway, stop } = await startCephGateway();
    const { port, accessKeyId, secretAccessKey } = gateway;
    const direct = `http://127.0.0.1:${port}`;
    try {
      const proxy = await startServer((folder, proxyPort) => nginxBefore(direct, folder, proxyPort));
      await runGatewayScript(gateway, 'delay', String(delaySeconds));
      return {
        endpoint: proxy.endpoint,
        direct,
        credentials: { accessKeyId, secretAccessKey },
        stop: async () => {
          await proxy.stop();
          await stop();
        },
      };
    } catch (error) {
      await stop();
      throw error;
    }
  },
});

async function nginxBefore(direct: string, folder: string, port: number) {
  const logs = path.join(folder, 'logs');
  await mkdir(logs);
  const file = path.join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${path.join(folder, name)};`,
  );
  await writeFile(
    file,
    `daemon off;
master_process off;
pid ${path.join(folder, 'pid')};
error_log ${path.join(logs, 'error.log')};
events {}
http {
  access_log ${path.join(logs, 'access.log')};
${temporary.join('\n')}
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 0;
    # what the client signed
    proxy_set_header Host $http_host;
    proxy_set_header Connection "";
    proxy_http_version 1.1;
    proxy_next_upstream off;
    proxy_request_buffering off;
    location / {
      if ($http_x_amz_copy_source) {
        return 418;
      }
      proxy_pass ${direct};
    }
    error_page 418 = @copies;
    location @copies {
      proxy_pass ${direct};
      proxy_read_timeout ${copyTimeoutMs}ms;
    }
  }
}
`,
  );
  return { program: 'nginx', parameters: ['-p', folder, '-e', path.join(logs, 'error.log'), '-c', file] };
}
