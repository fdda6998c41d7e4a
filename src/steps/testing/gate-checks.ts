import { type Digest, digestJson } from '../../encoding/index.ts';
import { asksForMoment, type ResolvedSpec } from '../../spec/index.ts';

/** A check that a gate carries out on its part. */
export type GateCheck = Pick<
  ResolvedSpec['validation']['checks'][number],
  'where' | 'of' | 'tolerance' | 'severity' | 'why'
> & { readonly that: string };

/** The checks that are declared for the part of a gate. */
export interface GateChecks {
  readonly declared: readonly GateCheck[];
  /** The moment that `now()` stands for in them; null where none asks for it. */
  readonly as_of: string | null;
  /** Digest of those that decide, in any order, with that moment; null where none of them decides. */
  readonly decides: Digest | null;
}

/**
 * The checks of a sealed part, as its gate carries them out; null where there are none. Those of severity `fail` decide with the
 * objectives; what a check is for, and those that only warn, decide nothing.
 */
export function gateChecks({ validation }: ResolvedSpec, part: string): GateChecks | null {
  const declared = validation.checks.flatMap(({ on, that, own, where, of, tolerance, severity, why }): GateCheck[] =>
    on?.includes(part) === true && own === null && that !== null ? [{ that, where, of, tolerance, severity, why }] : [],
  );
  if (declared.length === 0) return null;
  const asOf = (checks: readonly GateCheck[]): string | null => (checks.some(asksForMoment) ? validation.as_of : null);
  const deciding = declared.filter(({ severity }) => severity === 'fail');
  const forms = deciding.map(({ that, where, of, tolerance }) => digestJson({ that, where, of, tolerance })).sort();
  const decides = forms.length === 0 ? null : digestJson({ checks: forms, as_of: asOf(deciding) });
  return { declared, as_of: asOf(declared), decides };
}
