/**
 * The text format of protocol buffers as values with places: a message is a mapping, a field that stands several times a list. Length, depth and
 * the number of fields are bounded.
 *
 * @see https://protobuf.dev/reference/protobuf/textformat-spec/
 */
import type { ListPart, MapPart, Part, ScalarPart, Span } from '../../originals/index.ts';
import { requireLength, type SourceDocument, type SourceText, unreadable } from '../source-document.ts';
import { TextLines } from '../text-lines.ts';

const maximumDepth = 64;
const maximumFields = 100_000;
const skipped = /(?:\s|#[^\n]*)+/y;
const token =
  /([A-Za-z_][\w.]*)|("(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')|(-?\s*(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[fF]?))|([-{}<>:;,[\]])/y;

/** A mark of the text. */
interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'sign' | 'end';
  readonly written: string;
  readonly span: Span;
}

/** Reads a message. @throws PlatformError CHECKS_IMPORT_UNREADABLE with the place of what cannot be read */
export function readTextProto(source: SourceText): SourceDocument {
  requireLength(source);
  const lines = new TextLines(source.text);
  const root = new TextProtoReader(source, lines).whole();
  return { file: source.file, root, positionOf: ({ span }) => lines.position(span) };
}

class TextProtoReader {
  readonly #source: SourceText;
  readonly #lines: TextLines;
  #at = 0;
  #fields = 0;
  #next: Token;

  constructor(source: SourceText, lines: TextLines) {
    this.#source = source;
    this.#lines = lines;
    this.#next = this.#scan();
  }

  whole(): MapPart {
    const root = this.#message(null, 0);
    return { ...root, span: [0, this.#source.text.length] };
  }

  #fail(message: string, span: Span): never {
    throw unreadable(this.#source.file, [{ position: this.#lines.position(span), message }]);
  }

  #scan(): Token {
    const { text } = this.#source;
    skipped.lastIndex = this.#at;
    if (skipped.test(text)) this.#at = skipped.lastIndex;
    const start = this.#at;
    if (start >= text.length) return { kind: 'end', written: 'the end', span: [start, start + 1] };
    token.lastIndex = start;
    const found = token.exec(text);
    if (found === null)
      return this.#fail(`expected a field, found ${JSON.stringify(text.slice(start, start + 10))}`, [start, start + 1]);
    this.#at = token.lastIndex;
    const [written, name, quoted, number] = found;
    const kind = name !== undefined ? 'name' : quoted !== undefined ? 'text' : number !== undefined ? 'number' : 'sign';
    return { kind, written, span: [start, this.#at] };
  }

  #take(): Token {
    const taken = this.#next;
    this.#next = this.#scan();
    return taken;
  }

  #is(sign: string): boolean {
    return this.#next.kind === 'sign' && this.#next.written === sign;
  }

  #message(close: string | null, depth: number): MapPart {
    const start = this.#next.span[0];
    if (depth > maximumDepth) this.#fail('this nests too deep', this.#next.span);
    const members = new Map<string, { key: Span; part: Part }>();
    for (;;) {
      if (close === null ? this.#next.kind === 'end' : this.#is(close)) break;
      if (++this.#fields > maximumFields) this.#fail(`the file has more than ${maximumFields} fields`, this.#next.span);
      const name = this.#take();
      if (name.kind !== 'name') this.#fail(`expected the name of a field, found ${name.written}`, name.span);
      if (name.written === '__proto__') this.#fail('no field has this name', name.span);
      const part = this.#value(depth);
      const before = members.get(name.written);
      members.set(name.written, { key: name.span, part: before === undefined ? part : joined(before.part, part) });
      if (this.#is(';') || this.#is(',')) this.#take();
    }
    const end = close === null ? this.#next.span[0] : this.#take().span[1];
    return { kind: 'map', members, span: [start, end] };
  }

  #value(depth: number): Part {
    if (this.#is(':')) this.#take();
    else if (!this.#is('{') && !this.#is('<'))
      this.#fail(`expected : or {, found ${this.#next.written}`, this.#next.span);
    return this.#is('[') ? this.#list(depth) : this.#single(depth);
  }

  #list(depth: number): ListPart {
    const start = this.#take().span[0];
    const items: Part[] = [];
    while (!this.#is(']')) {
      if (++this.#fields > maximumFields) this.#fail(`the file has more than ${maximumFields} fields`, this.#next.span);
      items.push(this.#single(depth));
      if (this.#is(',')) this.#take();
      else if (!this.#is(']')) this.#fail(`expected , or ], found ${this.#next.written}`, this.#next.span);
    }
    return { kind: 'list', items, span: [start, this.#take().span[1]] };
  }

  #single(depth: number): Part {
    const first = this.#take();
    if (first.kind === 'sign' && (first.written === '{' || first.written === '<')) {
      const part = this.#message(first.written === '{' ? '}' : '>', depth + 1);
      return { ...part, span: [first.span[0], part.span[1]] };
    }
    if (first.kind === 'sign' && first.written === '-' && this.#next.kind === 'name') {
      const { written, span } = this.#take();
      if (!/^(?:inf|infinity|nan)f?$/i.test(written)) this.#fail(`expected a value, found -${written}`, span);
      return scalar(Number.NaN, [first.span[0], span[1]]);
    }
    if (first.kind === 'name') return scalar(wordOf(first.written), first.span);
    if (first.kind === 'number') return scalar(numberOf(first.written), first.span);
    if (first.kind !== 'text') return this.#fail(`expected a value, found ${first.written}`, first.span);
    let value = this.#unescaped(first);
    let end = first.span[1];
    while (this.#next.kind === 'text') {
      end = this.#next.span[1];
      value += this.#unescaped(this.#take());
    }
    return scalar(value, [first.span[0], end]);
  }

  /** The bytes of a text are UTF-8. */
  #unescaped({ written, span }: Token): string {
    const bytes: Buffer[] = [];
    const inner = written.slice(1, -1);
    const parts = /\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|[^\\]+/gu;
    for (const [whole, octal, hex, short, long, letter] of inner.matchAll(parts)) {
      const code =
        octal !== undefined ? Number.parseInt(octal, 8) : hex !== undefined ? Number.parseInt(hex, 16) : null;
      const point = short ?? long;
      if (code !== null) bytes.push(Buffer.from([code & 255]));
      else if (point !== undefined) {
        const at = Number.parseInt(point, 16);
        if (at > 0x10ffff) this.#fail(`there is no character ${point}`, span);
        bytes.push(Buffer.from(String.fromCodePoint(at)));
      } else if (letter !== undefined) bytes.push(Buffer.from(escapes[letter] ?? letter));
      else bytes.push(Buffer.from(whole));
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(bytes));
    } catch {
      return this.#fail('the text is not UTF-8', span);
    }
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\u0007', b: '\b', f: '\f', v: '\v' };

function scalar(value: ScalarPart['value'], span: Span): ScalarPart {
  return { kind: 'scalar', value, plain: null, span };
}

function wordOf(word: string): string | number | boolean {
  if (word === 'true' || word === 'false') return word === 'true';
  return /^(?:inf|infinity|nan)f?$/i.test(word) ? Number.NaN : word;
}

/** A number; one that no double is becomes NaN, which no statement takes. */
function numberOf(written: string): number {
  const bare = written.replace(/\s+/g, '');
  const [sign, digits] = bare.startsWith('-') ? [-1, bare.slice(1)] : [1, bare];
  if (/^0[xX]/.test(digits)) return exact(sign * Number(digits));
  if (/^0[0-7]+$/.test(digits)) return exact(sign * Number.parseInt(digits, 8));
  const value = sign * Number(digits.replace(/[fF]$/, ''));
  return /^\d+$/.test(digits) ? exact(value) : value;
}

function exact(value: number): number {
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

function joined(before: Part, part: Part): Part {
  const items = [
    ...(before.kind === 'list' ? before.items : [before]),
    ...(part.kind === 'list' ? part.items : [part]),
  ];
  return { kind: 'list', items, span: before.span };
}
