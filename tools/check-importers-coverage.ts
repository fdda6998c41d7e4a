/*
 * What is known of every kind of statement that mlspec data import reads, from the answers of the other programs in
 * test/golden/check-importers: *supported* where the other program and ours were held against each other on generated data, in
 * statements that pass and in statements that fail; *parsed* where they were not. That the answers are equal is what
 * src/check-importers/oracle.test.ts asserts, of every statement that is counted here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CheckImporter,
  checkImporters,
  type ImportedChecks,
  type ImportedStatement,
  importChecks,
  type KnownKind,
} from '../src/check-importers/index.ts';
import { repositoryRoot } from './problem.ts';

/** What another program said of one statement: whether it holds, and how many rows do not; null where it tells none. */
export interface GoldenAnswer {
  readonly success: boolean;
  readonly count: number | null;
}

/** A document that another program wrote, and its answers by the place of the statement. */
export interface GoldenDocument {
  readonly table: string;
  /** Where the table was met, of a document that knows environments. */
  readonly environment?: string;
  readonly text: string;
  readonly answers: Readonly<Record<string, GoldenAnswer>>;
}

/** A column of a generated table. Of numbers that are not there some are null, and some "NaN". */
export interface GoldenColumn {
  readonly type: string;
  readonly values: readonly (string | number | boolean | null)[];
}

/** The answers of one program. */
export interface GoldenAnswers {
  readonly versions: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<string, Readonly<Record<string, GoldenColumn>>>>;
  readonly documents: readonly GoldenDocument[];
}

/** A statement with what the other program said of it. */
export interface ComparedStatement {
  readonly statement: ImportedStatement;
  readonly answer: GoldenAnswer;
}

/** The answers of a program, null where it was not asked. */
export function goldenAnswers({ origin }: Pick<CheckImporter, 'origin'>): GoldenAnswers | null {
  const path = join(repositoryRoot, 'test', 'golden', 'check-importers', `${origin}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as GoldenAnswers) : null;
}

/** A document of the answers as it is imported. */
export function importGolden({ origin }: Pick<CheckImporter, 'origin'>, document: GoldenDocument): ImportedChecks {
  const source = { text: document.text, file: `${origin} of ${document.table}` };
  return importChecks(source, { from: null, table: null, nan: 'missing' });
}

/** The statements of a document that are taken over as they are, with the answers to them. */
export function comparedStatements({ statements }: ImportedChecks, { answers }: GoldenDocument): ComparedStatement[] {
  return statements.flatMap((statement) => {
    const answer = Object.hasOwn(answers, statement.place) ? answers[statement.place] : undefined;
    return statement.state === 'same' && answer !== undefined ? [{ statement, answer }] : [];
  });
}

/** A row of the table. */
export interface CoveredKind extends KnownKind {
  readonly state: 'supported' | 'parsed' | 'not imported';
  /** How many answers were compared, and in how many of them the data were not as asked for. */
  readonly compared: number;
  readonly failing: number;
}

/** The table of a program: a row for each kind of statement. */
export function coverageOf(importer: CheckImporter): CoveredKind[] {
  const tally = new Map<string, { compared: number; failing: number }>();
  for (const document of goldenAnswers(importer)?.documents ?? [])
    for (const { statement, answer } of comparedStatements(importGolden(importer, document), document)) {
      const { compared, failing } = tally.get(statement.kind) ?? { compared: 0, failing: 0 };
      tally.set(statement.kind, { compared: compared + 1, failing: failing + (answer.success ? 0 : 1) });
    }
  return importer.kinds.map((kind) => {
    const { compared, failing } = tally.get(kind.name) ?? { compared: 0, failing: 0 };
    const isSupported = failing > 0 && failing < compared;
    return { ...kind, compared, failing, state: stateOf(kind, isSupported) };
  });
}

function stateOf({ becomes }: KnownKind, isSupported: boolean): CoveredKind['state'] {
  if (becomes === null) return 'not imported';
  return isSupported ? 'supported' : 'parsed';
}

/** Every program with its table. */
export function wholeCoverage(): { readonly importer: CheckImporter; readonly kinds: readonly CoveredKind[] }[] {
  return checkImporters.map((importer) => ({ importer, kinds: coverageOf(importer) }));
}
