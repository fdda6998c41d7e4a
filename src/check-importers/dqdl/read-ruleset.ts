/**
 * Reads the Data Quality Definition Language (DQDL) of AWS Glue and Deequ. `and` binds more strongly than `or`; between the columns of a rule `and` may stand
 * too. Length, depth and the number of rules are bounded.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
 */
import type { Span } from '../../originals/index.ts';
import { type SourceText, unreadable } from '../source-document.ts';
import type { TextLines } from '../text-lines.ts';
import { foldNumbers, OperandReader } from './read-operands.ts';
import type { Operand, Rule, RuleCondition, RuleNode, Ruleset } from './ruleset.ts';
import { type DqdlToken, DqdlTokens } from './tokens.ts';

const maximumDepth = 64;
const maximumRules = 20_000;

/** Reads a ruleset. @throws PlatformError CHECKS_IMPORT_UNREADABLE with the place of what cannot be read */
export function readRuleset(source: SourceText, lines: TextLines): Ruleset {
  return new RulesetReader(source, lines).whole();
}

class RulesetReader {
  readonly #tokens: DqdlTokens;
  readonly #operands: OperandReader;
  readonly #fail: (message: string, span: Span) => never;
  readonly #rules: RuleNode[] = [];
  readonly #analyzers: Rule[] = [];
  #count = 0;

  constructor(source: SourceText, lines: TextLines) {
    this.#fail = (message, span) => {
      throw unreadable(source.file, [{ position: lines.position(span), message }]);
    };
    this.#tokens = new DqdlTokens(source.text, this.#fail);
    this.#operands = new OperandReader(this.#tokens, this.#fail);
  }

  whole(): Ruleset {
    while (this.#tokens.next.kind !== 'end') {
      const name = this.#tokens.take();
      if (name.kind !== 'name')
        this.#fail(`expected Rules, Analyzers, Metadata, DataSources or a variable, found ${name.written}`, name.span);
      this.#tokens.need('=');
      if (name.written === 'Rules') this.#list(() => this.#rules.push(this.#either(0)));
      else if (name.written === 'Analyzers') this.#list(() => this.#analyzers.push(this.#rule()));
      else if (this.#tokens.is('{')) this.#dictionary();
      else if (name.written === 'DefaultLabels') this.#labels();
      else this.#operands.declare(name.written);
    }
    return { rules: this.#rules, analyzers: this.#analyzers };
  }

  #list(read: () => unknown): void {
    this.#tokens.need('[');
    while (!this.#tokens.is(']')) {
      if (++this.#count > maximumRules)
        this.#fail(`the file has more than ${maximumRules} rules`, this.#tokens.next.span);
      read();
      if (this.#tokens.is(',')) this.#tokens.take();
      else if (!this.#tokens.is(']'))
        this.#fail(`expected , or ], found ${this.#tokens.next.written}`, this.#tokens.next.span);
    }
    this.#tokens.take();
  }

  /** `{"a": "b", "c": ["d"]}`: says nothing about data. */
  #dictionary(): void {
    let depth = 0;
    do {
      const taken = this.#tokens.take();
      if (taken.kind === 'end') this.#fail('expected }, found the end', taken.span);
      if (taken.written === '{') depth++;
      if (taken.written === '}') depth--;
    } while (depth > 0);
  }

  /** `["team" = "sales", …]`: who a rule belongs to. */
  #labels(): void {
    this.#list(() => {
      this.#tokens.needText();
      this.#tokens.need('=');
      this.#tokens.needText();
    });
  }

  #either(depth: number): RuleNode {
    return this.#joined('or', () => this.#joined('and', () => this.#single(depth)));
  }

  #joined(word: 'and' | 'or', read: () => RuleNode): RuleNode {
    const rules = [read()];
    while (this.#tokens.isWord(word)) {
      this.#tokens.take();
      if (++this.#count > maximumRules)
        this.#fail(`the file has more than ${maximumRules} rules`, this.#tokens.next.span);
      rules.push(read());
    }
    const [first] = rules;
    if (rules.length === 1) return first!;
    return { kind: word, rules, span: [first!.span[0], rules.at(-1)!.span[1]] };
  }

  #single(depth: number): RuleNode {
    if (!this.#tokens.is('(')) return this.#rule();
    const { span } = this.#tokens.take();
    if (depth >= maximumDepth) this.#fail('this nests too deep', span);
    const inner = this.#either(depth + 1);
    const end = this.#tokens.need(')').span[1];
    return { ...inner, span: [span[0], end] };
  }

  #rule(): Rule {
    const type = this.#tokens.take();
    if (type.kind !== 'name' || words.has(type.written.toLowerCase()))
      this.#fail(`expected a rule, found ${type.written}`, type.span);
    const parameters: string[] = [];
    for (let one = this.#parameter(); one !== null; one = this.#parameter()) parameters.push(one);
    const condition = this.#condition();
    let where: string | null = null;
    if (this.#tokens.isWord('where')) {
      this.#tokens.take();
      where = this.#tokens.needText();
    }
    const tags = new Map<string, RuleCondition>();
    while (this.#tokens.isWord('with')) {
      this.#tokens.take();
      const tag = this.#tokens.take();
      if (tag.kind !== 'name' || tags.has(tag.written))
        this.#fail(`expected a name behind with, found ${tag.written}`, tag.span);
      tags.set(
        tag.written,
        this.#condition() ??
          this.#fail(
            `expected a condition of ${tag.written}, found ${this.#tokens.next.written}`,
            this.#tokens.next.span,
          ),
      );
    }
    if (this.#tokens.isWord('labels')) {
      this.#tokens.take();
      this.#tokens.need('=');
      this.#labels();
    }
    return {
      kind: 'rule',
      type: type.written,
      parameters,
      condition,
      where,
      tags,
      span: [type.span[0], this.#tokens.end],
    };
  }

  /** `"a"`, `a`, `of a`, `and a`; null where a condition or another rule begins. */
  #parameter(): string | null {
    const [first, second] = [this.#tokens.next, this.#tokens.afterNext];
    const isConnector = first.kind === 'name' && (first.written === 'of' || /^and$/i.test(first.written));
    if (isConnector && isParameter(second)) this.#tokens.take();
    else if (!isParameter(first)) return null;
    const taken = this.#tokens.take();
    if (taken.kind === 'text') return taken.value;
    return taken.written === '$' ? this.#operands.text(this.#tokens.take()) : taken.written;
  }

  #condition(): RuleCondition | null {
    const start = this.#tokens.next.span[0];
    const isNot = this.#tokens.isWord('not');
    if (isNot) this.#tokens.take();
    const built = (op: RuleCondition['op'], operands: readonly Operand[]): RuleCondition => ({
      ...{ op, operands: operands.map(foldNumbers) },
      span: [start, this.#tokens.end],
    });
    const word = this.#tokens.next.kind === 'name' ? this.#tokens.next.written : null;
    if (word === 'between') {
      this.#tokens.take();
      const low = this.#operands.value();
      if (!this.#tokens.isWord('and'))
        this.#fail(`expected and, found ${this.#tokens.next.written}`, this.#tokens.next.span);
      this.#tokens.take();
      return built(isNot ? 'not between' : 'between', [low, this.#operands.value()]);
    }
    if (word === 'in') {
      this.#tokens.take();
      return built(isNot ? 'not in' : 'in', this.#operands.set());
    }
    if (word === 'matches') {
      this.#tokens.take();
      return built(isNot ? 'not matches' : 'matches', [this.#operands.value()]);
    }
    if (isNot)
      this.#fail(`expected between, in or matches, found ${this.#tokens.next.written}`, this.#tokens.next.span);
    const op = (['!=', '=', '>=', '>', '<=', '<'] as const).find((sign) => this.#tokens.is(sign));
    if (op === undefined) return null;
    this.#tokens.take();
    return built(op, [this.#operands.value()]);
  }
}

/** Words that begin something else than the name of a column. */
const words = new Set(['and', 'or', 'of', 'not', 'between', 'in', 'matches', 'where', 'with', 'labels']);

function isParameter({ kind, written }: DqdlToken): boolean {
  return kind === 'text' || written === '$' || (kind === 'name' && !words.has(written.toLowerCase()));
}
