import type { Span } from '../../originals/index.ts';

const skipped = /(?:\s|#[^\n]*)+/y;
const token = /("(?:[^"\\]|\\[\s\S])*")|(\d+(?:\.\d+)?(?![\w.]))|([\p{L}\p{N}_.]+)|(!=|>=|<=|->|[-=<>()[\]{},:$+*/])/uy;

/** A mark of the text. */
export interface DqdlToken {
  readonly kind: 'name' | 'text' | 'number' | 'sign' | 'end';
  readonly written: string;
  /** Of a text what it says, else as it is written. */
  readonly value: string;
  readonly span: Span;
}

/** The marks of a text, one ahead of another. Every method that needs one fails with its place where it is not there. */
export class DqdlTokens {
  readonly #text: string;
  readonly #fail: (message: string, span: Span) => never;
  #at = 0;
  #next: DqdlToken;
  #after: DqdlToken;
  /** Where the mark that was taken last ends. */
  end = 0;

  constructor(text: string, fail: (message: string, span: Span) => never) {
    this.#text = text;
    this.#fail = fail;
    this.#next = this.#scan();
    this.#after = this.#scan();
  }

  get next(): DqdlToken {
    return this.#next;
  }

  get afterNext(): DqdlToken {
    return this.#after;
  }

  take(): DqdlToken {
    const taken = this.#next;
    this.end = taken.span[1];
    this.#next = this.#after;
    this.#after = this.#scan();
    return taken;
  }

  is(sign: string): boolean {
    return this.#next.kind === 'sign' && this.#next.written === sign;
  }

  /** Whether a word comes, of `and` and `or` in capitals too. */
  isWord(word: string): boolean {
    const { kind, written } = this.#next;
    return (
      kind === 'name' && (written === word || ((word === 'and' || word === 'or') && written === word.toUpperCase()))
    );
  }

  need(sign: string): DqdlToken {
    return this.is(sign) ? this.take() : this.#fail(`expected ${sign}, found ${this.#next.written}`, this.#next.span);
  }

  needText(): string {
    const { kind, written, span } = this.#next;
    return kind === 'text' ? this.take().value : this.#fail(`expected a text in quotes, found ${written}`, span);
  }

  /** The text of a stretch. */
  slice(from: number): string {
    return this.#text.slice(from, this.end);
  }

  #scan(): DqdlToken {
    skipped.lastIndex = this.#at;
    if (skipped.test(this.#text)) this.#at = skipped.lastIndex;
    const start = this.#at;
    if (start >= this.#text.length) return { kind: 'end', written: 'the end', value: '', span: [start, start + 1] };
    token.lastIndex = start;
    const found = token.exec(this.#text);
    if (found === null)
      return this.#fail(`expected a rule, found ${JSON.stringify(this.#text.slice(start, start + 10))}`, [
        start,
        start + 1,
      ]);
    this.#at = token.lastIndex;
    const [written, quoted, number, name] = found;
    const value = quoted === undefined ? written : quoted.slice(1, -1).replace(/\\(["\\])/g, '$1');
    const kind = quoted !== undefined ? 'text' : number !== undefined ? 'number' : name !== undefined ? 'name' : 'sign';
    return {
      kind,
      written: written.length > 60 ? `${written.slice(0, 60)}…` : written,
      value,
      span: [start, this.#at],
    };
  }
}
