import type { XmlNode } from '../xml-tree.ts';

/** The first child of that name. */
export function childOf(element: XmlNode | undefined, name: string): XmlNode | undefined {
  return element?.children.find((child) => child.name === name);
}

/** The text of the first child of that name. */
export function childText(element: XmlNode | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}
