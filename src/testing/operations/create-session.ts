import { isoTime, xmlAnswer } from '../answers.ts';
import type { Answer, Call } from '../call.ts';
import { ServiceError } from '../service-error.ts';

const SESSION_MS = 5 * 60 * 1000;

/** Where the store lets everybody in. */
const ANY_SESSION = { accessKeyId: 'SESSION', secretAccessKey: 'session', sessionToken: 'session' };

/** CreateSession: credentials that a directory bucket takes for five minutes. */
export function createSession(call: Call): Answer {
  const { request, state, credentialsBook } = call;
  const { isDirectory } = state.bucket(request.bucket);
  if (!isDirectory) throw new ServiceError('MethodNotAllowed');
  const expiresMs = state.now() + SESSION_MS;
  const session = credentialsBook?.openSession(request.bucket, expiresMs) ?? ANY_SESSION;
  return xmlAnswer(call, 'CreateSessionResult', {
    Credentials: {
      SessionToken: session.sessionToken,
      SecretAccessKey: session.secretAccessKey,
      AccessKeyId: session.accessKeyId,
      Expiration: isoTime(expiresMs),
    },
  });
}
