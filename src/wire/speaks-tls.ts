import { connect } from 'node:tls';
import { type Endpoint, isIpAddress } from './endpoint.ts';
import { toTlsExpected, type TransportError } from './transport-error.ts';

const TIMEOUT_MS = 2000;

/** What a connection fails with that was closed without an answer, or with what isn't HTTP, such as an alert of TLS. */
const CLOSED = /^(?:UND_ERR_SOCKET|ECONNRESET|EPIPE|HPE_INVALID_.*)$/;

/** Where a request went. */
export type Port = Pick<Endpoint, 'protocol' | 'hostname' | 'port'>;

/**
 * Explains why a port closed a connection of plain http without a byte: Node's own server for https does so. A handshake tells. No
 * certificate is checked, as nothing is sent.
 *
 * @returns the failure that was given, if the port doesn't speak TLS
 */
export async function explainClosed(
  error: TransportError,
  { protocol, hostname, port }: Port,
): Promise<TransportError> {
  if (protocol !== 'http:' || !error.maybeSent || !CLOSED.test(error.code)) return error;
  return (await speaksTls(hostname, Number(port.slice(1)) || 80)) ? toTlsExpected(error.maybeSent, error) : error;
}

function speaksTls(hostname: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const servername = isIpAddress(hostname) ? {} : { servername: hostname };
    const host = hostname.replaceAll(/[[\]]/g, '');
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: TIMEOUT_MS, ...servername });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('secureConnect', () => end(true));
    socket.once('timeout', () => end(false));
    // An alert is TLS, too: the server wants another version, or a certificate.
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => end(/^ERR_SSL_.*ALERT/.test(code)));
  });
}
