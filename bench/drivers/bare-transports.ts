import { Agent, request as requestByHttp } from 'node:http';
import { type Dispatcher, Pool, request } from 'undici';

/** Sends a request whose headers are names and values in turn; answers the body's text. */
export type Send = (method: Dispatcher.HttpMethod, path: string, headers: string[], body?: string) => Promise<string>;

/** Ways to send requests, over at most so many connections. */
export const TRANSPORTS: Readonly<Record<string, (origin: string, connections: number) => Send>> = {
  request(origin, connections) {
    const dispatcher = new Pool(origin, { connections, pipelining: 1 });
    return async (method, path, headers, body) => {
      const answer = await request(origin + path, { dispatcher, method, headers, body: body ?? null });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${text}`);
      return text;
    };
  },

  dispatch(origin, connections) {
    const dispatcher = new Pool(origin, { connections, pipelining: 1 });
    return (method, path, headers, body) =>
      new Promise((resolve, reject) => {
        let text = '';
        let status = 0;
        const handler = {
          onConnect() {},
          onHeaders(statusCode: number) {
            status = statusCode;
            return true;
          },
          onData(chunk: Buffer) {
            text += chunk.toString();
            return true;
          },
          onComplete: () => settle(status, text, resolve, reject),
          onError: reject,
        };
        dispatcher.dispatch({ origin, path, method, headers, body: body ?? null }, handler);
      });
  },

  http(origin, connections) {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const { hostname: host, port } = new URL(origin);
    return (method, path, headers, body) =>
      new Promise((resolve, reject) => {
        // Headers in an array are sent as they are: without a length Node would send an empty body in chunks.
        const length = String(Buffer.byteLength(body ?? ''));
        const sent = ['host', `${host}:${port}`, 'content-length', length, ...headers];
        const outgoing = requestByHttp({ agent, host, port, method, path, headers: sent }, (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('end', () => settle(answer.statusCode ?? 0, text, resolve, reject));
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      });
  },
};

function settle(status: number, text: string, resolve: (text: string) => void, reject: (error: Error) => void): void {
  if (status >= 300) reject(new Error(`${status} ${text}`));
  else resolve(text);
}
