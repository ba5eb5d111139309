import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** Deeper documents than any store sends are refused. */
const MAX_DEPTH = 16;

/** Elements that come in lists; all others must be alone. */
const LISTS: ReadonlySet<string> = new Set(['Part', 'Upload', 'Tag', 'Grant']);

const CDATA = '#cdata';
const TEXT = '#text';

// Entities are decoded here, not by the parser: it would expand those that a document declares itself, and leaves numeric ones.
const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: CDATA,
  maxNestedTags: MAX_DEPTH,
  isArray: (name) => LISTS.has(name),
});

/** The content of one element. */
export type XmlElement = Readonly<Record<string, unknown>>;

/** A document's only root. */
export interface XmlDocument {
  readonly root: string;
  readonly element: XmlElement;
}

/**
 * Reads an answer. Whitespace in front of it is what stores send to keep the connection alive.
 *
 * @returns `undefined` for anything that isn't one well-formed element: an empty or cut-off body, HTML, text, a document type
 */
export function parseXml(text: string): XmlDocument | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('<') || trimmed.includes('<!DOCTYPE') || trimmed.includes('<!ENTITY')) return undefined;
  try {
    // The parser alone takes a document that is cut off for a whole one.
    if (XMLValidator.validate(trimmed) !== true) return undefined;
    const document: unknown = parser.parse(trimmed);
    if (!isElement(document)) return undefined;
    const roots = Object.keys(document).filter((name) => name !== TEXT);
    const [root] = roots;
    if (root === undefined || roots.length !== 1) return undefined;
    const content = document[root];
    // An element without children is read as its text.
    const element = isElement(content) ? content : { [TEXT]: content };
    return Array.isArray(content) ? undefined : { root, element };
  } catch {
    return undefined;
  }
}

function isElement(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function childOf(element: XmlElement, name: string): unknown {
  return Object.hasOwn(element, name) ? element[name] : undefined;
}

/** The text of a child; `undefined` where there is none, or more than one, or one with children of its own. */
export function textOf(element: XmlElement, name: string): string | undefined {
  const child = childOf(element, name);
  if (typeof child === 'string') return decodeEntities(child);
  if (!isElement(child)) return undefined;
  const cdata = child[CDATA];
  const text = child[TEXT];
  return typeof cdata === 'string' && (text === undefined || (typeof text === 'string' && text.trim() === ''))
    ? cdata
    : undefined;
}

/** A child that has children of its own; an empty one for a child that is missing or empty. */
export function elementOf(element: XmlElement, name: string): XmlElement {
  const child = childOf(element, name);
  return isElement(child) ? child : {};
}

/** The children of one name, one of {@link LISTS}. */
export function elementsOf(element: XmlElement, name: string): XmlElement[] {
  const children = childOf(element, name);
  return Array.isArray(children) ? children.filter(isElement) : [];
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

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** Escapes text for a request body. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"'\r\n\t]/g, (character) => ESCAPED[character] ?? character);
}
