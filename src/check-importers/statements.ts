import type { DeclaredCheck, Tolerance } from '../data-quality/index.ts';
import { visibleText } from '../encoding/index.ts';
import type { Part } from '../originals/index.ts';
import type { Expression, Position } from '../spec/index.ts';
import { textOf } from './expressions.ts';
import type { ImportedStatement } from './imported.ts';
import { NotTaken } from './not-taken.ts';

const longestWhy = 500;

/** A check that a statement becomes. */
export interface Asked {
  readonly that: Expression;
  readonly where?: Expression | null;
  readonly of?: DeclaredCheck['of'];
  readonly tolerance?: Tolerance;
  readonly severity?: DeclaredCheck['severity'];
  readonly why?: string;
}

/** Where one statement stands. */
export interface StatementPlace {
  readonly kind: string;
  readonly place: string;
  readonly part: Part;
}

/** What one statement becomes, while it is read. */
export class Statement {
  readonly checks: DeclaredCheck[] = [];
  readonly differences: string[] = [];
  readonly sets: { readonly what: string; readonly apply: () => void }[] = [];
  #isSilent = false;

  /** Whether it asks nothing, and is not listed. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Says that it asks nothing of data. */
  askNothing(): void {
    this.#isSilent = true;
  }

  /** @throws NotTaken of a check that could not be read again */
  ask({ that, where = null, of = 'present', tolerance = 0, severity = 'fail', why = '' }: Asked): void {
    this.checks.push({
      that: textOf(that),
      own: null,
      on: null,
      where: where === null ? null : textOf(where),
      of,
      tolerance,
      severity,
      why: sentenceOf(why),
    });
  }

  /** Names a difference, once. */
  differs(...says: readonly string[]): void {
    for (const one of says) if (!this.differences.includes(one)) this.differences.push(one);
  }

  /** Notes what is to be set in the schema; it is set when all of the statement was read. */
  set(what: string, apply: () => void): void {
    this.sets.push({ what, apply });
  }

  /** Every member that nobody asked for stops the statement: it could say what the check does not. @throws NotTaken */
  requireAll(untaken: readonly string[], what: string): void {
    if (untaken.length === 0) return;
    throw new NotTaken(
      `${what} ${untaken.map((key) => JSON.stringify(key.slice(0, 60))).join(', ')} is not known here`,
    );
  }
}

/** Collects the statements of a document, one at a time; what cannot be taken over stops none but itself. */
export class Statements {
  readonly checks: DeclaredCheck[] = [];
  readonly all: ImportedStatement[] = [];
  readonly #positionOf: (part: Part) => Position;

  constructor(positionOf: (part: Part) => Position) {
    this.#positionOf = positionOf;
  }

  /** Reads one statement. */
  read({ kind, place, part }: StatementPlace, read: (statement: Statement) => void): void {
    const statement = new Statement();
    const position = this.#positionOf(part);
    try {
      read(statement);
    } catch (thrown) {
      if (!(thrown instanceof NotTaken)) throw thrown;
      const at = thrown.part === null ? position : this.#positionOf(thrown.part);
      this.all.push({ kind, place, position: at, state: 'left', says: [thrown.message], checks: [], schema: [] });
      return;
    }
    if (statement.isSilent) return;
    for (const { apply } of statement.sets) apply();
    const checks = statement.checks.map((check) => this.checks.push(check) - 1);
    const state = statement.differences.length === 0 ? 'same' : 'differs';
    const schema = statement.sets.map(({ what }) => what);
    this.all.push({ kind, place, position, state, says: statement.differences, checks, schema });
  }

  /** Lists something that is not taken over. */
  leave(at: StatementPlace, why: string): void {
    this.read(at, () => {
      throw new NotTaken(why);
    });
  }
}

/** What people wrote about a check, on one line and not too long. */
export function sentenceOf(why: string): string {
  const sentence = visibleText(why.trim().replace(/\s+/g, ' '));
  return sentence.length > longestWhy ? `${sentence.slice(0, longestWhy)}…` : sentence;
}

/**
 * How many rows may fail where a share of them must not. Of 0.9 it is 0.1 and not 0.09999999999999998.
 * @throws NotTaken of a share that every table passes, or that is none
 */
export function toleranceOf(share: number | null): number {
  if (share === null) return 0;
  if (!(share >= 0 && share <= 1)) throw new NotTaken(`expected a share from 0 to 1, found ${share}`);
  if (share === 0) throw new NotTaken('a share of 0 is asked for, which all tables have');
  return Number((1 - share).toFixed(15));
}
