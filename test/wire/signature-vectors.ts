import { readFileSync } from 'node:fs';

/** One request as a vendor's SDK sent it at a frozen time, with the stages of its signature. */
export interface SignatureVector {
  readonly id: string;
  /** What the SDK was called with. */
  readonly args?: Readonly<Record<string, unknown>>;
  /** Signed with the session token too. */
  readonly sts?: true;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly stringToSign: string;
  readonly canonicalRequest?: string;
}

/** All requests of one SDK in one configuration. */
export interface VectorFile {
  readonly sdk: string;
  readonly frozenTime: string;
  readonly clientOptions: Readonly<Record<string, unknown>>;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  readonly vectors: readonly SignatureVector[];
}

const FOLDER = new URL('../fixtures/vectors/', import.meta.url);

/** Reads one file of vectors. */
export function readVectors(name: string): VectorFile {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as VectorFile;
}

/** Bodies that real and scripted servers answered with. */
export function readAnswerBodies(): readonly {
  readonly name: string;
  readonly status: number;
  readonly body: string;
}[] {
  return JSON.parse(readFileSync(new URL('answer-bodies.json', FOLDER), 'utf8')) as ReturnType<typeof readAnswerBodies>;
}

/** A header by its name in any case. */
export function headerOf(vector: SignatureVector, name: string): string | undefined {
  return Object.entries(vector.headers).find(([candidate]) => candidate.toLowerCase() === name)?.[1];
}

/** Query parameters of a path, decoded, as a flat list. */
export function queryOf(path: string): string[] {
  const query = path.split('?').slice(1).join('?');
  if (query === '') return [];
  return query.split('&').flatMap((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [name, decodeURIComponent(value.join('='))];
  });
}
