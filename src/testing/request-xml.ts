/** An element of a request body. Namespaces and attributes other than `xsi:type` mean nothing to a store and are dropped. */
export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Text of the element itself, entities decoded. */
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface OpenElement {
  name: string;
  children: XmlElement[];
  text: string;
  attributes: Record<string, string>;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Reads the XML of a request body: elements, text, character references. Undefined where it isn't well-formed. */
export function readRequestXml(xml: string): XmlElement | undefined {
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let at = xml.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < xml.length) {
    const tagStart = xml.indexOf('<', at);
    const text = xml.slice(at, tagStart === -1 ? xml.length : tagStart);
    const current = open.at(-1);
    if (current !== undefined) current.text += decodeEntities(text);
    else if (text.trim() !== '') return undefined;
    if (tagStart === -1) break;

    if (xml.startsWith('<?', tagStart) || xml.startsWith('<!--', tagStart)) {
      const terminator = xml[tagStart + 1] === '?' ? '?>' : '-->';
      const end = xml.indexOf(terminator, tagStart);
      if (end === -1) return undefined;
      at = end + terminator.length;
      continue;
    }
    if (xml.startsWith('<![CDATA[', tagStart)) {
      const end = xml.indexOf(']]>', tagStart);
      if (end === -1 || current === undefined) return undefined;
      current.text += xml.slice(tagStart + 9, end);
      at = end + 3;
      continue;
    }
    const tagEnd = xml.indexOf('>', tagStart);
    // A document type could declare entities: no store accepts one.
    if (tagEnd === -1 || xml.startsWith('<!', tagStart)) return undefined;
    at = tagEnd + 1;
    if (xml[tagStart + 1] === '/') {
      const closed = open.pop();
      if (closed === undefined || closed.name !== localName(xml.slice(tagStart + 2, tagEnd).trim())) return undefined;
      const parent = open.at(-1);
      if (parent !== undefined) parent.children.push(closed);
      else if (root === undefined) root = closed;
      else return undefined;
      continue;
    }
    const selfClosed = xml[tagEnd - 1] === '/';
    const element = readTag(xml.slice(tagStart + 1, selfClosed ? tagEnd - 1 : tagEnd));
    if (!selfClosed) open.push(element);
    else if (current !== undefined) current.children.push(element);
    else if (root === undefined) root = element;
    else return undefined;
  }
  return open.length === 0 ? root : undefined;
}

/** The first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** The text of the first child of that name. */
export function childText(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}

function readTag(tag: string): OpenElement {
  const nameEnd = tag.search(/\s/);
  const attributes: Record<string, string> = {};
  if (nameEnd !== -1) {
    for (const [, name = '', quoted = ''] of tag.slice(nameEnd).matchAll(/([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
      attributes[name] = decodeEntities(quoted.slice(1, -1));
    }
  }
  return { name: localName(nameEnd === -1 ? tag : tag.slice(0, nameEnd)), children: [], text: '', attributes };
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
    if (name.startsWith('#x') || name.startsWith('#X')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number.parseInt(name.slice(1), 10));
    return entities[name] ?? whole;
  });
}
