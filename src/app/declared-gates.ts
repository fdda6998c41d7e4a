import { existsSync } from 'node:fs';
import { tooFewExamples } from '../model-ci/index.ts';
import { type Finding, locateFindings, type ResolvedSpec } from '../spec/index.ts';
import type { Config } from './config.ts';
import { type DeclaredGates, gateParts } from './gate-parts.ts';
import { priceGates } from './prices.ts';
import { withRecord } from './records.ts';

/** The gates of a resolved declaration. */
export function declaredGates({ name, objectives }: ResolvedSpec): DeclaredGates {
  return { name, gates: Object.entries(objectives.gates).map(([gate, { on, uses }]) => ({ gate, part: on, uses })) };
}

/** Warnings about gates whose parts, as the newest run made them, cannot hold enough examples. */
export async function gateSizeFindings(config: Config, spec: ResolvedSpec): Promise<Finding[]> {
  // Asking must not begin a record.
  if (!existsSync(config.stateDir) || Object.keys(spec.objectives.gates).length === 0) return [];
  const parts = await withRecord(config, (record) => gateParts(record, declaredGates(spec)));
  const findings = priceGates(spec).flatMap((price) => {
    const made = parts.find((one) => one.gate === price.gate)?.made;
    return (made == null ? null : tooFewExamples(price, made.rowCount)) ?? [];
  });
  return locateFindings(spec, findings);
}
