import { decodeEntities } from '../xml-tree.ts';

/** One object of a listing, as it is written. */
export interface RawObject {
  key: string | undefined;
  size: string | undefined;
  etag: string | undefined;
  lastModified: string | undefined;
  storageClass: string | undefined;
}

/** Objects that were taken out of a page, and the page without them. */
export interface ScannedPage {
  readonly objects: readonly RawObject[];
  readonly rest: string;
}

const OPEN = '<Contents>';
const CLOSE = '</Contents>';

const FIELDS: ReadonlyMap<string, keyof RawObject> = new Map([
  ['Key', 'key'],
  ['Size', 'size'],
  ['ETag', 'etag'],
  ['LastModified', 'lastModified'],
  ['StorageClass', 'storageClass'],
]);

const NAME = /^[A-Za-z][A-Za-z\d]*$/;

/** An object as most stores write it, in the order of AWS, OBS and Ceph. Elements that are neither read nor usual go the longer way. */
const USUAL_OBJECT =
  /<Contents>\s*<Key>([^<]*)<\/Key>\s*<LastModified>([^<]*)<\/LastModified>\s*<ETag>(?:"|&quot;|&#34;)?([\dA-Fa-f-]*)(?:"|&quot;|&#34;)?<\/ETag>\s*<Size>(\d{1,16})<\/Size>\s*(?:<Owner>\s*<ID>[^<]*<\/ID>\s*(?:<DisplayName>[^<]*<\/DisplayName>\s*)?<\/Owner>\s*)?<StorageClass>([^<]*)<\/StorageClass>\s*<\/Contents>/y;

/** An element whose children have only text: the owner. */
const OTHER_ELEMENT = /<([A-Za-z][A-Za-z\d]*)>(?:[^<]*|\s*(?:<([A-Za-z][A-Za-z\d]*)>[^<]*<\/\2>\s*)*)<\/\1>/y;

/**
 * Takes the objects out of a page of the usual form: they stand together, each with nothing but elements without attributes. Anything
 * else (a comment, a prefix, an attribute, an empty element) is left to the parser.
 *
 * @returns undefined if the page has another form; `rest` is still to be parsed, which shows whether the page is whole
 */
export function scanObjects(body: string): ScannedPage | undefined {
  const first = body.indexOf(OPEN);
  if (first === -1) return body.includes('Contents') ? undefined : { objects: [], rest: body };
  const head = body.slice(0, first);
  if (head.includes('<!') || head.includes('Contents')) return undefined;
  const objects: RawObject[] = [];
  let position = first;
  while (body.startsWith(OPEN, position)) {
    USUAL_OBJECT.lastIndex = position;
    const usual = USUAL_OBJECT.exec(body);
    let end: number;
    if (usual === null) {
      const object: RawObject = {
        key: undefined,
        size: undefined,
        etag: undefined,
        lastModified: undefined,
        storageClass: undefined,
      };
      end = scanObject(body, position + OPEN.length, object);
      if (end === -1) return undefined;
      objects.push(object);
    } else {
      const [, key = '', lastModified = '', etag, size, storageClass = ''] = usual;
      objects.push({
        key: decodeText(key),
        size,
        etag,
        lastModified: decodeText(lastModified),
        storageClass: decodeText(storageClass),
      });
      end = USUAL_OBJECT.lastIndex;
    }
    position = skipSpace(body, end);
  }
  const tail = body.slice(position);
  // One that stands apart would be lost here; and that these are children of the root is seen by an empty one in their place.
  if (tail.includes('Contents')) return undefined;
  return { objects, rest: `${head}${OPEN}${CLOSE}${tail}` };
}

/** Reads up to the end of one object. @returns where it ends, or -1 */
function scanObject(body: string, start: number, object: RawObject): number {
  let position = start;
  for (;;) {
    position = skipSpace(body, position);
    if (body.startsWith(CLOSE, position)) return position + CLOSE.length;
    const nameEnd = body.indexOf('>', position);
    if (body[position] !== '<' || nameEnd === -1) return -1;
    const name = body.slice(position + 1, nameEnd);
    const textEnd = body.indexOf('<', nameEnd);
    if (textEnd === -1) return -1;
    const field = FIELDS.get(name);
    if (field === undefined) {
      if (!NAME.test(name)) return -1;
      OTHER_ELEMENT.lastIndex = position;
      if (!OTHER_ELEMENT.test(body)) return -1;
      position = OTHER_ELEMENT.lastIndex;
      continue;
    }
    const end = textEnd + name.length + 3;
    if (object[field] !== undefined || !body.startsWith(`</${name}>`, textEnd)) return -1;
    const text = body.slice(nameEnd + 1, textEnd);
    object[field] = decodeText(text);
    position = end;
  }
}

function decodeText(text: string): string {
  return text.includes('&') ? decodeEntities(text) : text;
}

function skipSpace(body: string, start: number): number {
  let position = start;
  for (let code = body.charCodeAt(position); code === 32 || code === 10 || code === 13 || code === 9;) {
    position++;
    code = body.charCodeAt(position);
  }
  return position;
}
