/*
 * What happens while the part is open. Whatever comes of it leaves as one of two bits; everything else is sealed or
 * dropped, for a message may quote rows of the part, and a model may choose what it complains of.
 */
import type { JsonObject } from '../../encoding/index.ts';
import { PlatformError, toPlatformError } from '../../errors/index.ts';
import type { ClauseVerdict } from '../../model-ci/index.ts';

/** The bit of a gate, and what is sealed with it. */
export interface Judged {
  readonly bit: 'pass' | 'fail';
  readonly report: JsonObject;
}

/**
 * Decides with the part open. A model that does not answer, or answers what is no answer, fails: it must not be able to
 * say a third word.
 * @throws PlatformError GATE_NOT_CARRIED_OUT with the code alone of what went wrong around the model; CANCELED; and what
 *   says that the sealed bytes themselves are wrong
 */
export async function judge(
  gate: string,
  decide: () => Promise<{ readonly bit: 'pass' | 'fail'; readonly clauses: readonly ClauseVerdict[] }>,
): Promise<Judged> {
  try {
    const { bit, clauses } = await decide();
    return { bit, report: { bit, clauses } as unknown as JsonObject };
  } catch (error) {
    const failure = toPlatformError(error);
    if (!isOfTheModel(failure)) throw keptBack(gate, failure);
    const { code, message } = failure;
    return { bit: 'fail', report: { bit: 'fail', clauses: [], failure: { code, message } } };
  }
}

/**
 * Does something with the part open that no model has a hand in.
 * @throws PlatformError as `judge`
 */
export async function withoutWords<T>(gate: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw keptBack(gate, toPlatformError(error));
  }
}

/** What is known again of an earlier use. */
export function knownBefore(bit: 'pass' | 'fail'): Judged {
  return { bit, report: { bit, clauses: null } };
}

const modelCodes = /^(METRIC_|MODEL_(REFUSED|BAD_ANSWER)$|EVALUATION_ROWS_DIFFER$)/;

/** Whether the model was asked and did not answer as it must. A model that was killed may have met a lack of memory. */
function isOfTheModel({ code, message }: PlatformError): boolean {
  return (
    modelCodes.test(code) || (code === 'MODEL_ENDED' && message.startsWith("the model's process: it ended with code"))
  );
}

function keptBack(gate: string, failure: PlatformError): PlatformError {
  const { code } = failure;
  if (code === 'CANCELED') return new PlatformError('CANCELED', { message: `gate ${gate} was canceled` });
  if (code.startsWith('PROVENANCE_')) return failure;
  return new PlatformError('GATE_NOT_CARRIED_OUT', {
    message: `gate ${gate} could not be carried out (${code}); more is not told, for it may quote rows of the part`,
    details: { gate, code },
  });
}
