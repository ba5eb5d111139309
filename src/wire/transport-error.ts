const NO_TLS =
  'no https is spoken on this port, but most likely plain http: use its port for https, or an endpoint with http://';

export class TransportError extends Error {
  override readonly name: string = 'TransportError';
  /** `ECONNRESET`, `UND_ERR_SOCKET`, `TimeoutError`, `BodyTooLarge`, … */
  readonly code: string;
  readonly maybeSent: boolean;

  constructor(message: string, code: string, maybeSent: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.maybeSent = maybeSent;
  }
}

/** The network's or undici's failure in our own words. */
export function toTransportError(error: unknown, maybeSent: boolean): TransportError {
  if (!(error instanceof Error)) return new TransportError('of an unknown error', 'UnknownError', maybeSent);
  const { code, data } = error as { code?: unknown; data?: unknown };
  // undici shows what it couldn't parse, and a hostile server may have put anything there, our own headers included.
  const cause = data === undefined ? error : undefined;
  if (isTlsAlert(data)) return toTlsExpected(maybeSent);
  const [, proxyStatus] = /^Proxy response \((\d{3})\)/.exec(error.message) ?? [];
  if (proxyStatus !== undefined) return refusedByProxy(Number(proxyStatus), cause);
  const message = (maybeSent ? undefined : describeNetworkError(error)) ?? error.message;
  return new TransportError(message, typeof code === 'string' ? code : error.name, maybeSent, cause);
}

/** Plain http was sent to a port for https. */
export function toTlsExpected(maybeSent: boolean, cause?: unknown): TransportError {
  return new TransportError(
    'the port speaks https: use an endpoint with https://',
    'ERR_TLS_EXPECTED',
    maybeSent,
    cause,
  );
}

/** undici's ProxyAgent gives the proxy's status in the message alone. Nothing has reached the store. */
function refusedByProxy(status: number, cause: unknown): TransportError {
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  const advice = status === 407 ? ': it wants a name and a password (http://name:password@host:port)' : '';
  const message = `the proxy answered ${status}${advice}`;
  return new TransportError(message, isFinal ? 'ERR_PROXY_REFUSED' : 'ERR_PROXY_FAILED', false, cause);
}

/** Whether what came in place of HTTP is how a server for TLS refuses it: an alert, of any version. */
function isTlsAlert(data: unknown): boolean {
  const start = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  return start instanceof Uint8Array && start[0] === 0x15 && start[1] === 3;
}

/**
 * Says in plain words why no connection was made, for the codes of Node and OpenSSL that most often come of a wrong option.
 * `undefined`: the error's own message is as good as any.
 */
function describeNetworkError(error: Error): string | undefined {
  const { code, hostname } = error as { readonly code?: unknown; readonly hostname?: unknown };
  const host = typeof hostname === 'string' ? `the host ${JSON.stringify(hostname)}` : 'the host';
  switch (code) {
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return NO_TLS;
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

/** What a client of Node's `https` says, by OpenSSL's text alone, of a port that speaks plain http; undefined for anything else. */
export function toMissingTls(code: string, message: string): TransportError | undefined {
  const isMissing = code === 'EPROTO' && /wrong version number|packet length too long/.test(message);
  return isMissing ? new TransportError(NO_TLS, 'ERR_SSL_WRONG_VERSION_NUMBER', false) : undefined;
}
