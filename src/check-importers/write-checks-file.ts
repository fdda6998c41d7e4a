import { type DeclaredCheck, flowText } from '../data-quality/index.ts';
import { visibleText } from '../encoding/index.ts';
import type { ImportedChecks, ImportedStatement } from './imported.ts';

/**
 * Imported checks as a file that `mlspec data check --checks` reads: one line a check; before it what differs from the other program, and at the
 * end what was not taken over. Null where there is no check: a file of none would be none.
 */
export function writeImportedChecks(imported: ImportedChecks, { file }: { readonly file: string }): string | null {
  const { checks, statements } = imported;
  if (checks.length === 0) return null;
  const differences = new Map<number, readonly string[]>();
  for (const { state, checks: its, says } of statements)
    if (state === 'differs' && its[0] !== undefined) differences.set(its[0], says);
  const lines = checks.flatMap((check, at) => [
    ...(differences.get(at) ?? []).map((says) => comment(`  # differs: ${says}`)),
    `  - ${flowText(writtenCheck(check))}`,
  ]);
  const left = statements.filter(({ state }) => state === 'left').map((one) => comment(`# ${leftText(one)}`));
  const tail = left.length === 0 ? [] : ['', '# Not taken over:', ...left];
  return `${[comment(`# Imported from ${file}.`), 'checks:', ...lines, ...tail].join('\n')}\n`;
}

function leftText({ place, position, kind, says }: ImportedStatement): string {
  return `line ${position.line}, ${place}: ${kind}: ${says.join('; ')}`;
}

function comment(text: string): string {
  return visibleText(text);
}

/** A check as it is written: what is as always is left out. What code and history say is not in it. */
export function writtenCheck({ that, where, of, tolerance, severity, why }: DeclaredCheck): unknown {
  const more = {
    ...(where === null ? {} : { where }),
    ...(of === 'present' ? {} : { of }),
    ...(tolerance === 0 ? {} : { tolerance: typeof tolerance === 'object' ? `${tolerance.rows} rows` : tolerance }),
    ...(severity === 'fail' ? {} : { severity }),
    ...(why === '' ? {} : { why }),
  };
  return Object.keys(more).length === 0 ? that : { that, ...more };
}
