import { z } from 'zod';
import { type Finding, instant, parseExpression, readTyped, writtenCheck } from '../../spec/index.ts';
import type { DeclaredCheck } from './declared-check.ts';

/** Checks in a file of their own, written as in the declaration. */
export const checksFile = z
  .strictObject({
    checks: z.array(writtenCheck).min(1).describe('Checks, one line each.'),
    tables: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'expected a name of letters, digits and _'),
        z.string().min(1),
      )
      .default({})
      .describe('Other tables, in whose columns values may have to be: a name, and a file relative to this one.'),
    as_of: instant.nullish().describe('The moment that now() stands for; default the beginning.'),
  })
  .describe('What a table must be like.');

/** What a file of checks says. */
export interface ReadChecks {
  readonly checks: readonly DeclaredCheck[];
  /** A date or an instant; null: none is declared. */
  readonly asOf: string | null;
  /** Other tables: paths relative to the file, by name. */
  readonly tables: Readonly<Record<string, string>>;
}

/**
 * Reads a file of checks (YAML or JSON). Never throws: the checks are null where there is a finding of severity error. What only the
 * columns of a table can tell is not looked at here.
 */
export function readChecksFile(
  text: string,
  file: string,
): { readonly read: ReadChecks | null; readonly findings: readonly Finding[] } {
  const typed = readTyped(text, { file, type: checksFile });
  if (typed.value === null) return { read: null, findings: typed.findings };
  const { checks, as_of, tables } = typed.value;
  const findings = checks.flatMap(({ that, where, on }, at) => [
    ...typed.locate(on === null ? [] : [noParts(['checks', at, 'on'])]),
    ...(that === null ? [] : grammarOf(that, ['checks', at, 'that'], typed)),
    ...(where === null ? [] : grammarOf(where, ['checks', at, 'where'], typed)),
  ]);
  return {
    read: findings.length === 0 ? { checks, asOf: as_of ?? null, tables } : null,
    findings: [...typed.findings, ...findings],
  };
}

function noParts(path: Finding['path']): Finding {
  return {
    rule: 'spec/value',
    severity: 'error',
    path,
    message: 'a file of checks is about one table, and that has no parts',
    suggestion: 'remove on',
  };
}

function grammarOf(
  text: string,
  path: Finding['path'],
  { locateWithin }: Pick<ReturnType<typeof readTyped>, 'locateWithin'>,
): Finding[] {
  return parseExpression(text).findings.map(({ span, ...finding }) =>
    locateWithin({ ...finding, path }, { text, span }),
  );
}
