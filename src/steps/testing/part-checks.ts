/*
 * Checks of a sealed part. Where they can be carried out at all is found from the columns that its split declares, before a use is
 * spent and before the part is opened. Then they look at its rows inside the gate, before any model is asked, and all that comes of
 * them is that the gate's one bit can be `fail`: which of them failed, how many rows, and what was measured goes into the sealed
 * report, which is as large whatever came of them. Failing rows are not looked for: that takes time only where there are some.
 *
 * That a check is exact changes nothing about the price of a gate. The reliability is divided by the histories that can be told, and
 * there are two for each use whatever function of the rows the bit is; a check that is changed is another gate, and costs a use.
 * @see Renggli et al. 2019, continuous integration of machine learning models: with full feedback there are 2^uses histories
 */
import { type CheckResult, findBroken, runChecks, weightOf } from '../../data-quality/index.ts';
import { canonicalJson, type JsonValue, parseInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { type Field, parquetSource } from '../../tables/index.ts';
import type { GateCheck, GateChecks } from './gate-checks.ts';
import type { Judged } from './judge.ts';
import { withOpenPart } from './open-part.ts';
import type { TestingParams } from './plan.ts';

/** What came of the checks of a part. */
export interface CheckedPart {
  /** Whether all hold that decide. */
  readonly holds: boolean;
  /** For the owner, sealed: one entry a check, in the order of the declaration. */
  readonly report: readonly JsonValue[];
}

/**
 * Refuses checks that cannot be carried out on the columns of the split.
 * @throws PlatformError GATE_CHECK_BROKEN
 */
export async function requireSoundChecks({ gate, checks }: TestingParams, context: StepContext): Promise<void> {
  if (checks === undefined) return;
  const fields = [...columnsOfSplit(context), { name: '__row', type: 'int64' } as const];
  const broken = await findBroken(await context.tables(), fields, {
    checks: checks.declared,
    signal: context.signal,
    ...momentOf(checks),
  });
  if (broken.length === 0) return;
  throw new PlatformError('GATE_CHECK_BROKEN', {
    message: `gate ${gate}: ${broken.map(({ message }) => message).join('; ')}. Its part was not opened, and no use was spent`,
    details: { gate, checks: broken.map(({ that }) => that) },
  });
}

/** Carries the checks of the part out; null where there are none. What goes wrong around them is thrown, what they themselves break on fails them. */
export async function checkPart({ checks }: TestingParams, context: StepContext): Promise<CheckedPart | null> {
  if (checks === undefined) return null;
  const engine = await context.tables();
  const results = await withOpenPart(context, (path) =>
    runChecks(engine, parquetSource(path), {
      checks: checks.declared,
      examples: 'none',
      onBroken: requireOfCheck,
      signal: context.signal,
      ...momentOf(checks),
    }),
  );
  return {
    holds: results.every((result) => weightOf(result) !== 'fail'),
    report: results.map((result, at) => told(result, roomBytes(checks.declared[at]!))),
  };
}

/** A gate passes where its objectives are met and its checks hold. */
export function withChecks({ bit: judged, report }: Judged, checked: CheckedPart | null): Judged {
  if (checked === null) return { bit: judged, report };
  const bit = checked.holds ? judged : 'fail';
  return { bit, report: { ...report, bit, checks: [...checked.report] } };
}

/** Room for all that the checks of a part can come to. */
export function checksRoomBytes(checks: GateChecks | undefined): number {
  return (checks?.declared ?? []).reduce((sum, check) => sum + roomBytes(check) + 1, 0);
}

function roomBytes(check: GateCheck): number {
  return 4096 + 2 * bytesOf(check as unknown as JsonValue);
}

function bytesOf(value: JsonValue): number {
  return Buffer.byteLength(canonicalJson(value));
}

/** A result without what could make it larger than its room: long texts among what was measured. */
function told(result: CheckResult, room: number): JsonValue {
  const { that, where, severity, outcome, rowCount, failingCount, missingCount, measured, message } = result;
  const counts = { that, where, severity, outcome, rowCount, failingCount, missingCount };
  const whole = { ...counts, measured: { ...measured }, message };
  return bytesOf(whole) <= room
    ? whole
    : { ...counts, measured: {}, message: 'what was measured is too long to be kept' };
}

/** A full disk or a lack of memory says nothing of the rows: the use stays open. */
function requireOfCheck(error: PlatformError): void {
  if (error.kind !== 'invalid-input') throw error;
}

function momentOf({ as_of }: GateChecks): { readonly asOfMs?: number } {
  return as_of === null ? {} : { asOfMs: parseInstant(as_of)! };
}

/** The columns of all parts alike, as splitting tells them. */
export function columnsOfSplit(context: StepContext): readonly Field[] {
  return context.inputs['split']![0]!.properties['columns'] as unknown as readonly Field[];
}
