/** MAJOR.MINOR.PIPELINE, derived, never typed in. */
export interface ModelVersionNumber {
  readonly major: number;
  readonly minor: number;
  readonly pipeline: number;
}

/** What decides which part of the version grows. */
export interface VersionFacts {
  /** The schema of inputs, output or label is incompatible with the latest version's. */
  readonly schemaIncompatible: boolean;
  /** A gate passed an objective that compares the new model with the old one. */
  readonly gatePassedComparison: boolean;
}

/**
 * The version that follows: MAJOR grows where the schema is incompatible with the latest version; else MINOR where a
 * gate passed a comparison with the old model; else PIPELINE (fresh data, other code, same promise). Lower parts start
 * again at 0. Without a previous version it is 1.0.0.
 */
export function deriveVersion(previous: ModelVersionNumber | null, facts: VersionFacts): ModelVersionNumber {
  if (previous === null) return { major: 1, minor: 0, pipeline: 0 };
  if (facts.schemaIncompatible) return { major: previous.major + 1, minor: 0, pipeline: 0 };
  if (facts.gatePassedComparison) return { major: previous.major, minor: previous.minor + 1, pipeline: 0 };
  return { ...previous, pipeline: previous.pipeline + 1 };
}

/** `1.2.3`. */
export function formatVersion(version: ModelVersionNumber): string {
  return `${version.major}.${version.minor}.${version.pipeline}`;
}

/** One to three numbers, perhaps after a `v`: `1`, `1.2`, `v1.2.3`, `v-1-2-3`. Null for anything else. */
export function parseVersionPrefix(
  text: string,
): { readonly major: number; readonly minor: number | null; readonly pipeline: number | null } | null {
  const dotted = /^v(?:-\d+){1,3}$/.test(text) ? text.slice(2).replaceAll('-', '.') : text;
  const found = /^v?(\d{1,9})(?:\.(\d{1,9})(?:\.(\d{1,9}))?)?$/.exec(dotted);
  if (found === null) return null;
  const part = (index: number): number | null => (found[index] === undefined ? null : Number(found[index]));
  return { major: Number(found[1]), minor: part(2), pipeline: part(3) };
}
