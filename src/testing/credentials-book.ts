import { createHmac } from 'node:crypto';
import { ServiceError } from './service-error.ts';
import type { TestCredentials } from './test-store-options.ts';

interface KnownCredentials {
  readonly credentials: TestCredentials;
  expired: boolean;
  /** Of a session: the bucket that it is for, and its end. */
  readonly session?: { readonly bucket: string; readonly expiresMs: number };
}

/** The credentials that the store knows, those that have expired among them. */
export class CredentialsBook {
  readonly #known = new Map<string, KnownCredentials>();
  /** SigV4 signing keys: four HMACs that are the same all day. */
  readonly #signingKeys = new Map<string, Buffer>();
  #current: TestCredentials;
  #rotations = 0;
  #sessions = 0;

  constructor(credentials: readonly [TestCredentials, ...TestCredentials[]]) {
    for (const each of credentials) this.#known.set(each.accessKeyId, { credentials: each, expired: false });
    this.#current = credentials[0];
  }

  get current(): TestCredentials {
    return this.#current;
  }

  /**
   * Finds the credentials of an access key, and checks the session token that came with it.
   *
   * @throws {ServiceError} InvalidAccessKeyId, ExpiredToken or InvalidToken
   */
  find(accessKeyId: string, sessionToken: string | undefined, bucket = '', nowMs = 0): TestCredentials {
    const entry = this.#known.get(accessKeyId);
    if (entry === undefined) throw new ServiceError('InvalidAccessKeyId');
    const { session } = entry;
    if (session !== undefined && session.bucket !== bucket) throw new ServiceError('AccessDenied');
    if (entry.expired || (session !== undefined && session.expiresMs <= nowMs)) throw new ServiceError('ExpiredToken');
    if (entry.credentials.sessionToken !== sessionToken) throw new ServiceError('InvalidToken');
    return entry.credentials;
  }

  /** Refuses the current credentials from now on. */
  expireCurrent(): void {
    const entry = this.#known.get(this.#current.accessKeyId);
    if (entry !== undefined) entry.expired = true;
  }

  /** Expires the current credentials and makes new temporary ones. */
  rotate(): TestCredentials {
    this.expireCurrent();
    this.#rotations += 1;
    const number = this.#rotations;
    this.#current = {
      accessKeyId: `ROTATEDACCESSKEY${number}`,
      secretAccessKey: `rotated-secret-access-key-${number}`,
      sessionToken: `rotated-session-token-${number}`,
    };
    this.#known.set(this.#current.accessKeyId, { credentials: this.#current, expired: false });
    return this.#current;
  }

  /** Makes credentials that are good for one bucket and a while. */
  openSession(bucket: string, expiresMs: number): Required<TestCredentials> {
    this.#sessions += 1;
    const number = this.#sessions;
    const credentials = {
      accessKeyId: `SESSIONACCESSKEY${number}`,
      secretAccessKey: `session-secret-access-key-${number}`,
      sessionToken: `session-token-${number}`,
    };
    this.#known.set(credentials.accessKeyId, { credentials, expired: false, session: { bucket, expiresMs } });
    return credentials;
  }

  signingKey(credentials: TestCredentials, date: string, region: string, service: string): Buffer {
    const name = `${credentials.accessKeyId}/${date}/${region}/${service}`;
    let key = this.#signingKeys.get(name);
    if (key === undefined) {
      key = [date, region, service, 'aws4_request'].reduce<Buffer>(
        (secret, step) => createHmac('sha256', secret).update(step).digest(),
        Buffer.from(`AWS4${credentials.secretAccessKey}`),
      );
      this.#signingKeys.set(name, key);
    }
    return key;
  }
}
