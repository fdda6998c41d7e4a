import type { Session } from '../database/index.ts';
import { type Digest, now } from '../encoding/index.ts';
import { keepSketch, sketchOf } from './shared-rows.ts';
import { appendToUseLog, readUseLog, type UseLogLine } from './use-log.ts';

/** A use as the ledger's file holds it. */
export interface LedgerRow {
  readonly part: string;
  readonly place: number;
  readonly gate: string;
  readonly gate_digest: string;
  readonly commitment: string | null;
  readonly model: string;
  readonly bit: 'pass' | 'fail' | null;
  readonly closed_bit: string | null;
  readonly feedback: 'none' | 'first_change' | 'full';
  readonly spent_at_ms: number;
  readonly settled_at_ms: number | null;
  /** 1 where the use log knew it first. */
  readonly from_log: number;
}

/** The uses of some parts, part by part in the order in which they were spent. */
export async function rowsOf(session: Session, ...parts: readonly Digest[]): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  for (const part of parts)
    rows.push(...(await session.all<LedgerRow>('select * from gate_uses where part = ? order by place', [part])));
  return rows;
}

/** Whether a part was retired. */
export async function isRetired(session: Session, part: Digest): Promise<boolean> {
  return (await session.first('select part from retired_parts where part = ?', [part])) !== null;
}

/**
 * Brings the ledger and the use log of a part together: each gets what only the other knows. A use that the two settle
 * differently is open again in both, and will be decided again.
 */
export async function bringTogether(session: Session, part: Digest, folder: string): Promise<void> {
  const lines = readUseLog(folder, part);
  await restoreUses(session, part, lines);
  const doubted: UseLogLine[] = [];
  for (const line of lastSettled(lines)) doubted.push(...(await restoreBit(session, part, line)));
  const retiredLine = lines.find((line) => line.what === 'retired');
  const retired = await isRetired(session, part);
  if (retiredLine !== undefined && !retired)
    await session.run('insert into retired_parts (part, retired_at_ms) values (?, ?)', [part, retiredLine.atMs]);
  const rowsLine = lines.find((line) => line.what === 'rows');
  if (rowsLine !== undefined) await keepSketch(session, part, rowsLine.sketch);
  const sketch = rowsLine === undefined ? await sketchOf(session, part) : null;
  const missing = linesOf(await rowsOf(session, part)).filter((line) => !lines.some((known) => tells(known, line)));
  const isMissing = retired && retiredLine === undefined;
  appendToUseLog(folder, part, [
    ...doubted,
    ...missing,
    ...(isMissing ? [{ what: 'retired', atMs: now() } as const] : []),
    ...(sketch === null ? [] : [{ what: 'rows', sketch } as const]),
  ]);
}

type Spent = Extract<UseLogLine, { what: 'spent' }>;
type Settled = Extract<UseLogLine, { what: 'settled' }>;

async function restoreUses(session: Session, part: Digest, lines: readonly UseLogLine[]): Promise<void> {
  const rows = await rowsOf(session, part);
  const known = new Set(rows.map((row) => `${row.gate_digest} ${row.model}`));
  const lost = lines.filter((line): line is Spent => {
    if (line.what !== 'spent' || known.has(`${line.gateDigest} ${line.model}`)) return false;
    known.add(`${line.gateDigest} ${line.model}`);
    return true;
  });
  for (const [index, { gate, gateDigest, commitment = null, model, feedback, atMs }] of lost.entries()) {
    const sql =
      'insert into gate_uses (part, place, gate, gate_digest, commitment, model, bit, spent_at_ms, feedback, from_log) values (?, ?, ?, ?, ?, ?, null, ?, ?, 1)';
    await session.run(sql, [part, rows.length + index + 1, gate, gateDigest, commitment, model, atMs, feedback]);
  }
}

/** What was settled last of each use. */
function lastSettled(lines: readonly UseLogLine[]): Settled[] {
  const settled = lines.filter((line): line is Settled => line.what === 'settled');
  return [...new Map(settled.map((line) => [`${line.gateDigest} ${line.model}`, line])).values()];
}

/** Takes over how a use was settled; where ledger and log differ, opens it in the ledger and answers the line that opens it in the log. */
async function restoreBit(session: Session, part: Digest, line: Settled): Promise<UseLogLine[]> {
  const { gateDigest, model, bit, closedBit, atMs } = line;
  const which = 'where part = ? and gate_digest = ? and model = ?';
  const use = [part, gateDigest, model];
  if (bit !== null || closedBit !== null)
    await session.run(
      `update gate_uses set bit = ?, closed_bit = ?, settled_at_ms = ? ${which} and settled_at_ms is null`,
      [bit, closedBit, atMs, ...use],
    );
  const differing = await session.run(
    `update gate_uses set bit = null, closed_bit = null, settled_at_ms = null ${which} and (coalesce(bit, '') <> ? or coalesce(closed_bit, '') <> ?)`,
    [...use, bit ?? '', closedBit ?? ''],
  );
  return differing === 0 ? [] : [{ ...line, bit: null, closedBit: null, atMs: now() }];
}

/** The lines that a log of these uses has. */
function linesOf(rows: readonly LedgerRow[]): UseLogLine[] {
  return rows.flatMap((row): UseLogLine[] => {
    const use = { gateDigest: row.gate_digest, model: row.model };
    const { gate, commitment, feedback, bit, closed_bit: closedBit } = row;
    const committed = commitment === null ? {} : { commitment };
    const { gateDigest, model } = use;
    const atMs = Number(row.spent_at_ms);
    const spent: UseLogLine = { what: 'spent', gateDigest, ...committed, model, gate, feedback, atMs };
    if (row.settled_at_ms === null) return [spent];
    return [spent, { what: 'settled', ...use, bit, closedBit, atMs: Number(row.settled_at_ms) }];
  });
}

function tells(known: UseLogLine, line: UseLogLine): boolean {
  if (known.what !== line.what || known.what === 'retired' || known.what === 'rows') return false;
  if (line.what === 'retired' || line.what === 'rows') return false;
  return known.gateDigest === line.gateDigest && known.model === line.model;
}
