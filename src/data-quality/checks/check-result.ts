import { type PlatformError, toPlatformError } from '../../errors/index.ts';
import { checkLabel } from '../../spec/index.ts';
import { type CheckResult, type DeclaredCheck, isTolerated, messageOf, type RowCounts } from './declared-check.ts';

/** What was found of a check that was carried out. */
export interface FoundOfCheck extends Pick<CheckResult, 'measured' | 'examples' | 'judged'> {
  readonly kind: NonNullable<CheckResult['kind']>;
  readonly counts: RowCounts;
}

/** The result of a check that was carried out. */
export function resultFrom(
  check: DeclaredCheck,
  { kind, counts, measured, examples, judged }: FoundOfCheck,
): CheckResult {
  const isPassed = isTolerated(check, counts);
  const passed = judged?.verdict === 'unjudged' ? ('unjudged' as const) : ('passed' as const);
  const outcome = isPassed ? passed : ('failed' as const);
  const result = {
    ...namedTerms(check),
    kind,
    outcome,
    ...counts,
    measured,
    ...(judged === undefined ? {} : { judged }),
    examples,
  };
  return { ...result, message: messageOf(check, result), at: null };
}

/** The result of a check that cannot be carried out. */
export function brokenResult(check: DeclaredCheck, error: PlatformError): CheckResult {
  const none = { rowCount: 0, failingCount: 0, missingCount: 0 };
  return {
    ...namedTerms(check),
    kind: null,
    outcome: 'broken',
    ...none,
    measured: {},
    examples: [],
    message: error.message,
    at: placeOf(error, check),
  };
}

/** What was thrown, of which a check alone is broken; the end of everything is passed on. @throws PlatformError CANCELED */
export function notCanceled(thrown: unknown): PlatformError {
  const error = toPlatformError(thrown);
  if (error.code === 'CANCELED') throw error;
  return error;
}

function namedTerms(
  check: DeclaredCheck,
): Pick<CheckResult, 'that' | 'own' | 'severity' | 'where' | 'of' | 'tolerance' | 'why'> {
  const { on: _on, history: _history, ...terms } = check;
  return { ...terms, that: checkLabel(check), own: check.own ?? null };
}

/** What is wrong in `where` has no place in the check itself. */
function placeOf({ message, details }: PlatformError, check: DeclaredCheck): CheckResult['at'] {
  const { span = null } = (details ?? {}) as { readonly span?: CheckResult['at'] };
  const { that } = check;
  // Of a check of the project's own the label begins with it, so that places in it are places there.
  return that !== null && message.startsWith(`the check ${JSON.stringify(that)} `) ? span : null;
}
