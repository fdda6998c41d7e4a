import { readFile } from 'node:fs/promises';

/** What evaluation says of the objectives that stop a release (`gate: measured`), for the steps of a release. */
export interface MeasuredVerdict {
  /** Whether none of them is missed. */
  readonly passed: boolean;
  /** Names of those that are missed, or that cannot be measured for another reason than that a baseline may be absent. */
  readonly missed: readonly string[];
  /** Registered baselines that cannot answer these rows, with the reason. */
  readonly incomparable: Readonly<Record<string, string>>;
}

/** Reads the verdict that evaluation left. */
export async function readMeasuredVerdict(path: string): Promise<MeasuredVerdict> {
  return JSON.parse(await readFile(path, 'utf8')) as MeasuredVerdict;
}
