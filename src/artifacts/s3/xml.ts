/**
 * The XML of S3's answers: elements and text, without attributes that matter. Anything a store has no reason to send
 * (a document type, which could define entities, or what does not nest) is refused.
 */

/** An element: its text where it holds no elements, and the elements in it. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const token = /<\?.*?\?>|<!--.*?-->|<(\/?)([A-Za-z_][\w.:-]*)(?:\s[^<>]*?)?(\/?)>|([^<]+)/sy;
const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The outermost element of a document; null for what is not such a document. */
export function readXml(document: string): XmlElement | null {
  const root: OpenElement = { name: '', text: '', children: [] };
  const open: OpenElement[] = [root];
  token.lastIndex = 0;
  while (token.lastIndex < document.length) {
    const found = token.exec(document);
    if (found === null) return null;
    const [, closing, name, selfClosing, text] = found;
    if (text !== undefined) open.at(-1)!.text += decode(text);
    if (name === undefined) continue;
    if (closing === '') open.push({ name, text: '', children: [] });
    if (closing === '' && selfClosing === '') continue;
    const ended = open.pop()!;
    if (ended.name !== name || open.length === 0) return null;
    open.at(-1)!.children.push(ended);
  }
  return open.length === 1 && root.children.length === 1 ? root.children[0]! : null;
}

/** The elements of a name in an element. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of the first element of a name in an element; null where there is none. */
export function textIn(element: XmlElement, name: string): string | null {
  return childrenOf(element, name)[0]?.text ?? null;
}

function decode(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[name] ?? whole;
    const point = Number.parseInt(hex ?? decimal, hex === undefined ? 10 : 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
