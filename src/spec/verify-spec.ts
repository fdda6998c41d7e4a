import { checkExpressions } from './check-expressions.ts';
import type { ResolvedSpec } from './document.ts';
import type { Finding } from './finding.ts';
import { locateWithin } from './locator.ts';
import { locateFindings, provenanceOf } from './resolve-spec.ts';
import { rules } from './rules/index.ts';
import type { Found } from './rules/rule.ts';

/**
 * What the static rules and the expression language find in a resolved declaration: all of it, not the first. Pure.
 * Findings carry their places where the declaration was made by `resolveSpec`.
 */
export function verifySpec(spec: ResolvedSpec): Finding[] {
  const byRules = rules.flatMap((rule) =>
    rule.check(spec).map((found) => ({ rule: rule.id, severity: rule.severity, ...found })),
  );
  return [...byRules, ...checkExpressions(spec)].map((found) => place(spec, found));
}

function place(spec: ResolvedSpec, { within, ...finding }: Found & Pick<Finding, 'rule' | 'severity'>): Finding {
  const provenance = provenanceOf(spec);
  return within === undefined || provenance === undefined
    ? locateFindings(spec, [finding])[0]!
    : locateWithin(finding, within, provenance);
}
