/** What conditions of DQDL compare with: numbers and sums of them, texts, moments, stretches of time, sets, variables. */
import type { Span } from '../../originals/index.ts';
import type { Operand } from './ruleset.ts';
import type { DqdlToken, DqdlTokens } from './tokens.ts';

const units: Readonly<Record<string, number>> = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 };
const keywords = { null: 'NULL', empty: 'EMPTY', whitespaces_only: 'WHITESPACES_ONLY' } as const;
const maximumDepth = 64;
const maximumItems = 100_000;

/** Numbers of the text are finite: one that no double holds is not known. */
export function foldNumbers(operand: Operand): Operand {
  if (operand.kind !== 'number' || Number.isFinite(operand.value)) return operand;
  return { kind: 'unknown', why: 'its number is not finite' };
}

/** Reads operands, and knows the variables of the file. */
export class OperandReader {
  readonly #tokens: DqdlTokens;
  readonly #fail: (message: string, span: Span) => never;
  readonly #variables = new Map<string, readonly Operand[]>();
  #items = 0;

  constructor(tokens: DqdlTokens, fail: (message: string, span: Span) => never) {
    this.#tokens = tokens;
    this.#fail = fail;
  }

  /** `name = "text"` or `name = ["a", "b"]`. */
  declare(name: string): void {
    this.#variables.set(name, this.#tokens.is('[') ? this.set() : [this.value()]);
  }

  /** The text of a variable that stands for a column or for SQL. */
  text({ written, span }: DqdlToken): string {
    const [value] =
      this.#variables.get(written) ?? this.#fail(`expected a variable of the file, found $${written}`, span);
    return value?.kind === 'text' ? value.value : this.#fail(`expected a text as $${written}`, span);
  }

  /** `[a, b]`, or a variable. */
  set(): readonly Operand[] {
    if (this.#tokens.is('$')) return this.#variable();
    this.#tokens.need('[');
    const items: Operand[] = [];
    while (!this.#tokens.is(']')) {
      if (++this.#items > maximumItems)
        this.#fail(`the file has more than ${maximumItems} values`, this.#tokens.next.span);
      items.push(...(this.#tokens.is('$') ? this.#variable() : [this.value()]));
      if (this.#tokens.is(',')) this.#tokens.take();
      else if (!this.#tokens.is(']'))
        this.#fail(`expected , or ], found ${this.#tokens.next.written}`, this.#tokens.next.span);
    }
    this.#tokens.take();
    return items;
  }

  #variable(): readonly Operand[] {
    this.#tokens.need('$');
    const { written, span } = this.#tokens.take();
    return this.#variables.get(written) ?? this.#fail(`expected a variable of the file, found $${written}`, span);
  }

  /** One operand. */
  value(): Operand {
    const start = this.#tokens.next.span[0];
    if (this.#tokens.is('$')) {
      const { span } = this.#tokens.next;
      const [first, ...more] = this.#variable();
      return first === undefined || more.length > 0 ? this.#fail('expected a variable with one value', span) : first;
    }
    const sum = this.#sum(0);
    if (sum.kind !== 'number') return sum;
    const unit = this.#tokens.next.kind === 'name' ? this.#tokens.next.written : '';
    if (!/^[KMGT]?B$/.test(unit)) return sum;
    this.#tokens.take();
    return { kind: 'unknown', why: `the size of a file (${this.#tokens.slice(start)}) is none of its rows` };
  }

  /** Operators are carried out from left to right, as they stand; which come first where they differ the language does not say. */
  #sum(depth: number): Operand {
    const start = this.#tokens.next.span[0];
    let left = this.#atom(depth);
    let strength: boolean | null = null;
    while (['+', '-', '*', '/'].some((sign) => this.#tokens.is(sign))) {
      const sign = this.#tokens.take().written;
      const isProduct = sign === '*' || sign === '/';
      const right = this.#atom(depth);
      const isMixed = strength !== null && strength !== isProduct;
      strength = isProduct;
      left = isMixed
        ? { kind: 'unknown', why: `${this.#tokens.slice(start)} does not say what comes first` }
        : this.#combined(left, sign, { right, start });
    }
    return left;
  }

  #combined(
    left: Operand,
    sign: string,
    { right, start }: { readonly right: Operand; readonly start: number },
  ): Operand {
    if (left.kind === 'moment' && right.kind === 'duration' && (sign === '+' || sign === '-'))
      return { kind: 'moment', offsetMs: left.offsetMs + (sign === '+' ? right.ms : -right.ms) };
    const unknown = [left, right].find(({ kind }) => kind === 'unknown');
    if (unknown !== undefined)
      return { kind: 'unknown', why: `its threshold ${this.#tokens.slice(start)} is found from earlier runs` };
    if (left.kind !== 'number' || right.kind !== 'number')
      return { kind: 'unknown', why: `${this.#tokens.slice(start)} is no number` };
    const [a, b] = [left.value, right.value];
    return { kind: 'number', value: sign === '+' ? a + b : sign === '-' ? a - b : sign === '*' ? a * b : a / b };
  }

  #atom(depth: number): Operand {
    const { next } = this.#tokens;
    if (depth > maximumDepth) this.#fail('this nests too deep', next.span);
    if (next.kind === 'text') return { kind: 'text', value: this.#tokens.take().value };
    if (this.#tokens.is('-')) {
      this.#tokens.take();
      const number = this.#tokens.take();
      if (number.kind !== 'number') this.#fail(`expected a number behind -, found ${number.written}`, number.span);
      return { kind: 'number', value: -Number(number.value) };
    }
    if (next.kind === 'number') return this.#number();
    if (this.#tokens.is('(')) {
      this.#tokens.take();
      const inner = this.#sum(depth + 1);
      this.#tokens.need(')');
      return inner;
    }
    if (next.kind !== 'name') return this.#fail(`expected a value, found ${next.written}`, next.span);
    return this.#named(depth);
  }

  /** A number; with a unit of time behind it a stretch of time, where a moment stands before. */
  #number(): Operand {
    const value = Number(this.#tokens.take().value);
    const unit = this.#tokens.next.kind === 'name' ? this.#tokens.next.written : '';
    if (!Object.hasOwn(units, unit)) return { kind: 'number', value };
    this.#tokens.take();
    return { kind: 'duration', ms: value * units[unit]! };
  }

  #named(depth: number): Operand {
    const name = this.#tokens.take();
    const word = name.written.toLowerCase();
    if (Object.hasOwn(keywords, word)) return { kind: 'keyword', word: keywords[word as keyof typeof keywords] };
    if (!this.#tokens.is('(')) return this.#fail(`expected a value, found ${name.written}`, name.span);
    this.#tokens.take();
    if (name.written === 'now') {
      this.#tokens.need(')');
      return { kind: 'moment', offsetMs: 0 };
    }
    while (!this.#tokens.is(')')) {
      this.#sum(depth + 1);
      if (this.#tokens.is(',')) this.#tokens.take();
      else if (!this.#tokens.is(')'))
        this.#fail(`expected , or ), found ${this.#tokens.next.written}`, this.#tokens.next.span);
    }
    this.#tokens.take();
    return { kind: 'unknown', why: `its threshold ${this.#tokens.slice(name.span[0])} is found from earlier runs` };
  }
}
