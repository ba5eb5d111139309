import sax from 'sax';

/** Deeper documents than any store or client sends are refused. */
const MAX_DEPTH = 16;

/** An element. Namespaces and attributes mean nothing to a store and are dropped. */
export interface XmlNode {
  /** Without prefix. */
  readonly name: string;
  readonly children: readonly XmlNode[];
  /** Text of the element itself, entities decoded. */
  readonly text: string;
}

interface OpenNode extends XmlNode {
  readonly children: OpenNode[];
  text: string;
}

/** Thrown and caught in this file only. */
const NOT_READABLE = new Error('Not one well-formed element');

/**
 * Reads a document. White space in front of it is what stores send to keep the connection alive.
 *
 * @returns the root; `undefined` for anything that isn't one well-formed element: an empty or cut-off body, text, a document type
 */
export function readXml(xml: string): XmlNode | undefined {
  const trimmed = xml.trim();
  if (!trimmed.startsWith('<') || !trimmed.endsWith('>')) return undefined;
  // The root of everything: the document's root is its only child.
  const open: OpenNode[] = [{ name: '', children: [], text: '' }];
  const refuse = (): never => {
    throw NOT_READABLE;
  };
  const parser = sax.parser(true, { position: false });
  parser.onerror = refuse;
  // A document type could declare entities.
  parser.ondoctype = refuse;
  parser.onsgmldeclaration = refuse;
  parser.onopentag = ({ name }) => {
    const parent = open.at(-1);
    if (parent === undefined || open.length > MAX_DEPTH || (open.length === 1 && parent.children.length > 0)) refuse();
    const node: OpenNode = { name: name.slice(name.indexOf(':') + 1), children: [], text: '' };
    parent?.children.push(node);
    open.push(node);
  };
  parser.onclosetag = () => void open.pop();
  const addText = (text: string): void => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  };
  parser.ontext = (text) => addText(decodeEntities(text));
  parser.oncdata = (text) => addText(text.replaceAll('&amp;', '&'));
  try {
    // The parser refuses a document for one reference that XML doesn't allow, such as the &#x1; of a key; so they are decoded here.
    parser.write(trimmed.replaceAll('&', '&amp;')).close();
  } catch (error) {
    if (error === NOT_READABLE) return undefined;
    throw error;
  }
  return open[0]?.children[0];
}

const ENTITY = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi;
const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Decodes the five entities that XML has by itself, and numeric ones. Others are left as they are. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(
    ENTITY,
    (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) return PREDEFINED[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
    },
  );
}
