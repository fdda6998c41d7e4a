import type { CheckResult } from '../checks/declared-check.ts';
import { type ValueName, valueName } from './series.ts';

/** A value of a table as it was measured; null: it was missing or no finite number. */
export interface MeasuredNumber extends ValueName {
  readonly value: number | null;
}

/** The parts of a result that tell values. */
export interface ValuesOfCheck extends Pick<CheckResult, 'that' | 'where' | 'measured' | 'outcome'> {
  readonly judged?: CheckResult['judged'] | undefined;
}

/** The numbers that checks found of a table: what was held against history, and each value that a check names. */
export function measuredValues(checks: readonly ValuesOfCheck[]): MeasuredNumber[] {
  const found = new Map<string, MeasuredNumber>();
  const add = (name: ValueName, value: number | null): void => {
    const key = JSON.stringify([name.that, name.where]);
    if (!found.has(key)) found.set(key, { ...name, value });
  };
  for (const check of checks) {
    if (check.outcome === 'broken') continue;
    const name = valueName(check);
    if (check.judged !== undefined) add({ that: name.that, where: name.where }, check.judged.value);
    for (const [that, value] of Object.entries(check.measured))
      if (typeof value === 'number') add({ that, where: name.where }, value);
  }
  return [...found.values()];
}
