import { decodeEntities } from '../xml-tree.ts';

export interface RawObject {
  readonly key: string | undefined;
  readonly size: string | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly storageClass: string | undefined;
}

const OPEN = '<Contents>';

/**
 * An object as most stores write it, in the order of AWS, OBS, Ceph and MinIO: with checksums behind the ETag, and with the owner in front
 * of the class or behind it.
 */
const OWNER = String.raw`(?:<Owner>\s*<ID>[^<]*</ID>\s*(?:<DisplayName>[^<]*</DisplayName>\s*)?</Owner>\s*)?`;
const CHECKSUMS = ['ChecksumAlgorithm', 'ChecksumType'].map((name) => String.raw`(?:<${name}>[^<]*</${name}>\s*)*`);
const USUAL_OBJECT = new RegExp(
  String.raw`<Contents>\s*<Key>([^<]*)</Key>\s*<LastModified>([^<]*)</LastModified>\s*` +
    String.raw`<ETag>(?:"|&quot;|&#34;)?([\dA-Fa-f-]*)(?:"|&quot;|&#34;)?</ETag>\s*${CHECKSUMS.join('')}` +
    String.raw`<Size>(\d{1,16})</Size>\s*${OWNER}<StorageClass>([^<]*)</StorageClass>\s*${OWNER}` +
    String.raw`(?:<Type>[^<]*</Type>\s*)?</Contents>\s*`,
  'y',
);

/**
 * Takes the objects out of a page of the usual form: they stand together, each with the usual elements in the usual order. Anything else
 * (a comment, a prefix, an attribute, another element) is left to the parser.
 *
 * @returns undefined if the page has another form; `rest`, the page without them, is still to be parsed: that shows whether it is whole
 */
export function scanObjects(
  body: string,
): { readonly objects: readonly RawObject[]; readonly rest: string } | undefined {
  const first = body.indexOf(OPEN);
  if (first === -1) return body.includes('Contents') ? undefined : { objects: [], rest: body };
  const head = body.slice(0, first);
  if (head.includes('<!') || head.includes('Contents')) return undefined;
  const objects: RawObject[] = [];
  let position = first;
  while (body.startsWith(OPEN, position)) {
    USUAL_OBJECT.lastIndex = position;
    const usual = USUAL_OBJECT.exec(body);
    if (usual === null) return undefined;
    const [, key = '', lastModified = '', etag, size, storageClass = ''] = usual;
    objects.push({
      key: decodeEntities(key),
      size,
      etag,
      lastModified: decodeEntities(lastModified),
      storageClass: decodeEntities(storageClass),
    });
    position = USUAL_OBJECT.lastIndex;
  }
  const tail = body.slice(position);
  // One that stands apart would be lost here; and that these are children of the root is seen by an empty one in their place.
  if (tail.includes('Contents')) return undefined;
  return { objects, rest: `${head}<Contents></Contents>${tail}` };
}
