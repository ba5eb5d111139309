import type { S3ClientLike } from './aws-sdk-commands.ts';

interface Agent {
  readonly maxSockets?: unknown;
}

/** The SDK's NodeHttpHandler. Its agents are made by its first request. */
interface RequestHandler {
  httpHandlerConfigs?(): { readonly httpAgent?: Agent; readonly httpsAgent?: Agent } | undefined;
}

/**
 * How many connections the client opens at most, after its first request; undefined if that can't be seen.
 *
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-maxsockets.html
 */
export function readMaxSockets({ config }: S3ClientLike, protocol: string | undefined): number | undefined {
  try {
    const { requestHandler } = (config ?? {}) as { readonly requestHandler?: RequestHandler };
    const { httpAgent, httpsAgent } = requestHandler?.httpHandlerConfigs?.() ?? {};
    const most = (protocol === 'http:' ? httpAgent : httpsAgent)?.maxSockets;
    return typeof most === 'number' && Number.isFinite(most) ? most : undefined;
  } catch {
    // A handler of somebody's own.
    return undefined;
  }
}
