/**
 * The ledger of sealed parts: which model was tested by which gate on which rows. It is what makes a gate's reliability
 * true when one part is used again and again.
 *
 * A use is spent, durably, before the part is opened; its bit is written after. A process that dies in between leaves a
 * use that is spent and open: the same model and gate take it up again without another; it is never given to others.
 * The same model and gate on the same rows cost nothing more and get the same bit.
 *
 * The bit of a gate with feedback `none` is written closed: who reads the file learns that a model was tested, not what
 * came of it. Where a use log is given (see `use-log.ts`), ledger and log complete each other at every question.
 *
 * Uses of other parts that share rows with a part count as its own (see `shared-rows.ts`).
 */
import { migrate, openDatabase, type SchemaOwner, type Session } from '../database/index.ts';
import { type Digest, now } from '../encoding/index.ts';
import { assert, PlatformError } from '../errors/index.ts';
import { bringTogether, isRetired, type LedgerRow, rowsOf } from './bring-together.ts';
import { keepSketch, partsSharingRows, sketchOf } from './shared-rows.ts';
import { appendToUseLog, loggedSketches, type UseLogLine } from './use-log.ts';

const schema: SchemaOwner = {
  component: 'ledger',
  migrations: [
    {
      version: 1,
      statements: [
        `create table gate_uses (
          part text not null, place bigint not null, gate text not null, gate_digest text not null, model text not null,
          bit text, spent_at_ms bigint not null, settled_at_ms bigint, primary key (part, place))`,
        'create unique index gate_uses_once on gate_uses (part, gate_digest, model)',
        'create table retired_parts (part text primary key, retired_at_ms bigint not null)',
      ],
    },
    // What was told of earlier verdicts decides how many histories there can be, whatever gate asks next.
    { version: 2, statements: ["alter table gate_uses add column feedback text not null default 'full'"] },
    // A bit that is told to nobody is not written in clear; and which uses the use log knew before the ledger.
    {
      version: 3,
      statements: [
        'alter table gate_uses add column closed_bit text',
        'alter table gate_uses add column from_log bigint not null default 0',
      ],
    },
    { version: 4, statements: ['create table part_rows (part text primary key, sketch text not null)'] },
    // What the owner had committed to when a use was spent; not known of uses from before.
    { version: 5, statements: ['alter table gate_uses add column commitment text'] },
  ],
};

/** What a use is recorded by. */
export interface UseRequest {
  /** Digest of the rows of the part. */
  readonly part: Digest;
  readonly gate: string;
  /** Digest of everything that decides the gate's verdict but the model. */
  readonly gateDigest: Digest;
  /** Digest of everything that decides it but all models: what the owner committed to. */
  readonly commitment: Digest;
  readonly model: Digest;
  readonly uses: number;
  readonly feedback: 'none' | 'first_change' | 'full';
}

/** A use by which a closed bit is known. */
export type ClosedUse = Pick<UseRequest, 'part' | 'gateDigest' | 'model'>;

/** Closes the bits of gates with feedback `none`, and opens them again; only who has the sealing key has one. */
export interface BitSeal {
  close(use: ClosedUse, bit: 'pass' | 'fail'): string;
  /** null: it was closed with another key. */
  open(use: ClosedUse, closed: string): 'pass' | 'fail' | null;
}

/** One line of the ledger. */
export interface LedgerEntry {
  readonly part: string;
  readonly place: number;
  readonly gate: string;
  readonly gateDigest: string;
  /** What the owner had committed to; null for a use from before this was written down. */
  readonly commitment: string | null;
  readonly model: string;
  readonly bit: 'pass' | 'fail' | null;
  /** The bit where it is told to nobody. */
  readonly closedBit: string | null;
  readonly feedback: 'none' | 'first_change' | 'full';
  readonly spentAtMs: number;
  /** The use log knew it before the ledger: the ledger was lost, or the use was spent elsewhere. */
  readonly fromLog: boolean;
}

/** What asking for a use answers. */
export type UseAnswer = {
  readonly usesLeft: number;
  /** Uses of the part that this ledger knows from the use log alone: it was lost, or they were spent elsewhere. */
  readonly fromLog: number;
  /** Uses that were spent on other parts, which share rows with this one. */
  readonly onSharing: number;
} & ({ readonly kind: 'known'; readonly bit: 'pass' | 'fail' } | { readonly kind: 'spent'; readonly place: number });

/** What a ledger is opened with beside its file. */
export interface LedgerOptions {
  /** Without it, closed bits can neither be written nor read. */
  readonly seal?: BitSeal;
  /** The folder of use logs; absent: the ledger is alone. */
  readonly useLogs?: string;
}

/** The ledger of a project. */
export interface Ledger {
  /**
   * Spends a use, or finds the one that was spent for the same model and gate.
   * Uses of all gates on a part, and on parts that share rows with it, count together, for all their verdicts tell of
   * the same rows.
   * @throws PlatformError GATE_USED_UP where the part has no use left, or its verdict has changed under `first_change`;
   *   GATE_RETIRED where it, or a part that shares rows with it, was retired; GATE_FEEDBACK_SPENT where more was told of
   *   earlier verdicts than this gate's price allows for
   */
  spend(request: UseRequest): Promise<UseAnswer>;
  /** Writes the bit of a spent use. A second writing changes nothing. */
  settle(request: UseRequest, bit: 'pass' | 'fail'): Promise<void>;
  /** Keeps the sketch of a part's rows for good; it is made only for a part of which none is kept. */
  tellRows(part: Digest, sketch: () => Promise<string>): Promise<void>;
  /** The uses that count for a part: its own and those of parts that share rows with it; of each the oldest first. */
  entries(part: Digest): Promise<readonly LedgerEntry[]>;
  isRetired(part: Digest): Promise<boolean>;
  retire(part: Digest): Promise<void>;
  close(): Promise<void>;
}

/** Opens the ledger in a file, making it where there is none. */
export async function openLedger(path: string, options: LedgerOptions = {}): Promise<Ledger> {
  const database = await openDatabase({ kind: 'sqlite', path });
  await migrate(database, schema);
  const { useLogs = null, seal = null } = options;
  const durable = { durability: 'full' } as const;
  /** Every question and answer is about one part, whose two memories are brought together first. */
  const about = async <T>(part: Digest, work: (books: Books) => Promise<T>): Promise<T> => {
    // On its own: what was found lost stays found, also where the question is refused.
    const sharing = await database.transaction((session) => recall(session, part, useLogs), durable);
    const log = (line: UseLogLine): void => {
      if (useLogs !== null) appendToUseLog(useLogs, part, [line]);
    };
    return await database.transaction((session) => work({ session, sharing, log, seal }), durable);
  };
  return {
    spend: async (request) => await about(request.part, (books) => spend(request, books)),
    settle: async (request, bit) => await about(request.part, (books) => settle(request, bit, books)),
    tellRows: async (part, makeSketch) => {
      if (await about(part, async ({ session }) => (await sketchOf(session, part)) !== null)) return;
      const sketch = await makeSketch();
      await about(part, async ({ session, log }) => {
        if (await keepSketch(session, part, sketch)) log({ what: 'rows', sketch });
      });
    },
    entries: async (part) =>
      await about(part, async ({ session, sharing }) => (await rowsOf(session, part, ...sharing)).map(toEntry)),
    isRetired: async (part) => await about(part, ({ session }) => isRetired(session, part)),
    retire: async (part) =>
      await about(part, async ({ session, log }) => {
        if (await isRetired(session, part)) return;
        log({ what: 'retired', atMs: now() });
        await session.run('insert into retired_parts (part, retired_at_ms) values (?, ?)', [part, now()]);
      }),
    close: () => database.close(),
  };
}

/** Brings the memories of a part, and of those that share rows with it, together. Answers the latter. */
async function recall(session: Session, part: Digest, useLogs: string | null): Promise<Digest[]> {
  if (useLogs === null) return await partsSharingRows(session, part, []);
  await bringTogether(session, part, useLogs);
  const sharing = await partsSharingRows(session, part, loggedSketches(useLogs));
  for (const other of sharing) await bringTogether(session, other, useLogs);
  return sharing;
}

interface Books {
  readonly session: Session;
  /** Other parts that share rows with the part. */
  readonly sharing: readonly Digest[];
  /** Writes into the use log, before the ledger's own line is durable. */
  readonly log: (line: UseLogLine) => void;
  readonly seal: BitSeal | null;
}

function toEntry(row: LedgerRow): LedgerEntry {
  const { part, gate, model, bit, feedback } = row;
  return {
    ...{ part, gate, model, bit, feedback },
    place: Number(row.place),
    gateDigest: row.gate_digest,
    commitment: row.commitment,
    closedBit: row.closed_bit,
    spentAtMs: Number(row.spent_at_ms),
    fromLog: Number(row.from_log) === 1,
  };
}

async function spend(request: UseRequest, { session, sharing, log, seal }: Books): Promise<UseAnswer> {
  const { part, gate, gateDigest, commitment, model, feedback } = request;
  const used = await rowsOf(session, part, ...sharing);
  const own = used.filter((row) => row.part === part);
  const mine = own.find((row) => row.gate_digest === gateDigest && row.model === model);
  const fromLog = used.filter((row) => Number(row.from_log) === 1).length;
  const told = { usesLeft: Math.max(0, request.uses - used.length), fromLog, onSharing: used.length - own.length };
  const bit = mine === undefined ? null : knownBit(mine, request, seal);
  if (bit !== null) return { kind: 'known', bit, ...told };
  if (mine !== undefined) return { kind: 'spent', place: Number(mine.place), ...told };
  await requireUnspent(request, used, { session, sharing });
  const place = own.length + 1;
  const atMs = now();
  log({ what: 'spent', gateDigest, commitment, model, gate, feedback, atMs });
  const sql =
    'insert into gate_uses (part, place, gate, gate_digest, commitment, model, bit, spent_at_ms, feedback) values (?, ?, ?, ?, ?, ?, null, ?, ?)';
  await session.run(sql, [part, place, gate, gateDigest, commitment, model, atMs, feedback]);
  return { kind: 'spent', place, ...told, usesLeft: told.usesLeft - 1 };
}

async function requireUnspent(
  request: UseRequest,
  used: readonly LedgerRow[],
  { session, sharing }: Pick<Books, 'session' | 'sharing'>,
): Promise<void> {
  if (await isRetired(session, request.part)) throw retired(request, 'its part was retired');
  for (const other of sharing)
    if (await isRetired(session, other)) throw retired(request, 'a part that shares rows with its part was retired');
  if (used.length >= request.uses) throw usedUp(request, used);
  if (hasChanged(request, used)) throw changed(request, used.length);
  if (tellsTooMuch(request, used)) throw feedbackSpent(request);
}

function knownBit(row: LedgerRow, use: ClosedUse, seal: BitSeal | null): 'pass' | 'fail' | null {
  if (row.closed_bit === null) return row.bit;
  return seal?.open(use, row.closed_bit) ?? null;
}

async function settle(request: UseRequest, bit: 'pass' | 'fail', { session, log, seal }: Books): Promise<void> {
  const { part, gateDigest, model } = request;
  const isSilent = request.feedback === 'none';
  assert(!isSilent || seal !== null, 'a silent bit is settled by who can close it');
  const closedBit = isSilent ? seal!.close({ part, gateDigest, model }, bit) : null;
  const told = isSilent ? null : bit;
  const atMs = now();
  const changes = await session.run(
    'update gate_uses set bit = ?, closed_bit = ?, settled_at_ms = ? where part = ? and gate_digest = ? and model = ? and settled_at_ms is null',
    [told, closedBit, atMs, part, gateDigest, model],
  );
  if (changes > 0) log({ what: 'settled', gateDigest, model, bit: told, closedBit, atMs });
}

/** With feedback `first_change` models are told to fail until one passes; that pass is the last thing a part may tell. */
function hasChanged(request: UseRequest, used: readonly LedgerRow[]): boolean {
  return (
    request.feedback === 'first_change' && used.some((row) => row.feedback === 'first_change' && row.bit === 'pass')
  );
}

/**
 * A gate that is priced for few histories (`none`, `first_change`) needs that earlier uses of its part, by any gate, told no
 * more than it assumes. `full` is priced for every history.
 */
function tellsTooMuch(request: UseRequest, used: readonly LedgerRow[]): boolean {
  if (request.feedback === 'full') return false;
  return used.some((row) => row.feedback === 'full' || (row.feedback === 'first_change' && row.bit === 'pass'));
}

function usedUp({ gate, part, uses, feedback }: UseRequest, used: readonly LedgerRow[]): PlatformError {
  const elsewhere = used.filter((row) => row.part !== part).length;
  const sharing = elsewhere === 0 ? '' : `, ${elsewhere} of them on parts that share rows with it`;
  return new PlatformError('GATE_USED_UP', {
    message: `gate ${gate}: ${used.length} of ${uses} uses of its part are spent${sharing} (feedback ${feedback}); another would break the stated reliability`,
    details: { gate, used: used.length, elsewhere },
  });
}

function changed({ gate }: UseRequest, used: number): PlatformError {
  return new PlatformError('GATE_USED_UP', {
    message: `gate ${gate}: its verdict has changed once, which ends the use of its part with feedback first_change`,
    details: { gate, used },
  });
}

function feedbackSpent({ gate, feedback }: UseRequest): PlatformError {
  return new PlatformError('GATE_FEEDBACK_SPENT', {
    message: `gate ${gate}: earlier verdicts about its part were told, and feedback ${feedback} is priced as if they had not been`,
    details: { gate, feedback },
  });
}

function retired({ gate }: UseRequest, why: string): PlatformError {
  return new PlatformError('GATE_RETIRED', {
    message: `gate ${gate}: ${why} and may be read by anybody; it can certify nothing more`,
    details: { gate },
  });
}
