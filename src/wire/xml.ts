import type { XmlNode } from '../xml-tree.ts';

export type XmlElement = Pick<XmlNode, 'children' | 'text'>;

/** What stands for an element that isn't there. */
export const NOTHING: XmlElement = { children: [], text: '' };

/** The only child of that name; `undefined` if there are none, or several. */
function onlyChild({ children }: XmlElement, name: string): XmlNode | undefined {
  const found = children.filter((child) => child.name === name);
  return found.length === 1 ? found[0] : undefined;
}

/** The text of a child; `undefined` if there is none, or more than one, or one with children of its own. */
export function textOf(element: XmlElement, name: string): string | undefined {
  const child = onlyChild(element, name);
  return child?.children.length === 0 ? child.text : undefined;
}

/** The same without blanks around it; `undefined` also if nothing is left. */
export function wordOf(element: XmlElement, name: string): string | undefined {
  const word = textOf(element, name)?.trim();
  return word === '' ? undefined : word;
}

/** A child that has children of its own; an empty one for a child that is missing or empty. */
export function elementOf(element: XmlElement, name: string): XmlElement {
  return onlyChild(element, name) ?? NOTHING;
}

export function hasChild({ children }: XmlElement, name: string): boolean {
  return children.some((child) => child.name === name);
}

/** The children of one name that have children of their own. */
export function elementsOf({ children }: XmlElement, name: string): readonly XmlElement[] {
  return children.filter((child) => child.name === name && child.children.length > 0);
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

export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"'\r\n\t]/g, (character) => ESCAPED[character] ?? character);
}
