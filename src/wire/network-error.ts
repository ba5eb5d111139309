/**
 * Says in plain words why no connection was made, for the codes of Node and OpenSSL that most often come of a wrong option.
 * `undefined`: the error's own message is as good as any.
 */
export function describeNetworkError(error: Error): string | undefined {
  const { code, hostname } = error as { readonly code?: unknown; readonly hostname?: unknown };
  const host = typeof hostname === 'string' ? `the host ${JSON.stringify(hostname)}` : 'the host';
  switch (code) {
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'no https is spoken on this port, but most likely plain http: use its port for https, or an endpoint with http://';
    case 'ENOTFOUND':
      return `${host} can not be resolved: check the endpoint, and set pathStyle: true if the store has one host for all buckets`;
    case 'EAI_AGAIN':
      return `${host} can not be resolved now: the name server gives no answer`;
    case 'EMFILE':
      return 'this process has no file descriptors left: a lower concurrency needs fewer, or raise its limit (ulimit -n)';
    case 'ENFILE':
      return 'this machine has no file descriptors left: a lower concurrency needs fewer';
    default:
      return undefined;
  }
}
