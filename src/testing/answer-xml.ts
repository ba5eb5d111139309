const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Content of an element: text, nothing at all, or elements. An array repeats the element. */
export type XmlValue = string | number | boolean | undefined | XmlFields | readonly XmlValue[];

/** Elements by name, in the order in which they are written. Undefined ones are left out. */
export interface XmlFields {
  readonly [name: string]: XmlValue;
}

/** Writes an answer document. */
export function writeXml(root: string, namespace: string | undefined, fields: XmlFields): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `${DECLARATION}<${root}${attribute}>${writeFields(fields)}</${root}>`;
}

/** Escapes text for an element. A carriage return would not survive reading otherwise. */
function escapeXml(text: string): string {
  if (!/[&<>"\r]/.test(text)) return text;
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}

function writeFields(fields: XmlFields): string {
  let xml = '';
  for (const [name, value] of Object.entries(fields)) xml += writeElement(name, value);
  return xml;
}

function writeElement(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  if (isList(value)) return value.map((item) => writeElement(name, item)).join('');
  if (typeof value === 'object') {
    // A grantee's type is an attribute, the only one that answers have.
    const { '@type': type, ...fields } = value;
    const attribute =
      typeof type === 'string' ? ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"` : '';
    return `<${name}${attribute}>${writeFields(fields)}</${name}>`;
  }
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}
