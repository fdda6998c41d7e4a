/**
 * The ledger of sealed parts: which model was tested by which gate on which rows. It is what makes a gate's reliability
 * true when one part is used again and again.
 *
 * A use is spent, durably, before the part is opened; its bit is written after. A process that dies in between leaves a
 * use that is spent and open: the same model and gate take it up again without another; it is never given to others.
 * The same model and gate on the same rows cost nothing more and get the same bit.
 */
import { type Database, migrate, openDatabase, type SchemaOwner } from '../database/index.ts';
import { type Digest, now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';

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
  ],
};

/** What a use is recorded by. */
export interface UseRequest {
  /** Digest of the rows of the part. */
  readonly part: Digest;
  readonly gate: string;
  /** Digest of everything that decides the gate's verdict but the model. */
  readonly gateDigest: Digest;
  readonly model: Digest;
  readonly uses: number;
  readonly feedback: 'none' | 'first_change' | 'full';
}

/** One line of the ledger. */
export interface LedgerEntry {
  readonly part: string;
  readonly place: number;
  readonly gate: string;
  readonly model: string;
  readonly bit: 'pass' | 'fail' | null;
  readonly feedback: 'none' | 'first_change' | 'full';
  readonly spentAtMs: number;
}

/** What asking for a use answers. */
export type UseAnswer =
  | { readonly kind: 'known'; readonly bit: 'pass' | 'fail'; readonly usesLeft: number }
  | { readonly kind: 'spent'; readonly place: number; readonly usesLeft: number };

/** The ledger of a project. */
export interface Ledger {
  /**
   * Spends a use, or finds the one that was spent for the same model and gate.
   * Uses of all gates on a part count together, for all their verdicts tell of the same rows.
   * @throws PlatformError GATE_USED_UP where the part has no use left, or its verdict has changed under `first_change`;
   *   GATE_RETIRED where it was retired; GATE_FEEDBACK_SPENT where more was told of earlier verdicts than this gate's
   *   price allows for
   */
  spend(request: UseRequest): Promise<UseAnswer>;
  /** Writes the bit of a spent use. A second writing changes nothing. */
  settle(request: UseRequest, bit: 'pass' | 'fail'): Promise<void>;
  entries(part?: Digest): Promise<readonly LedgerEntry[]>;
  isRetired(part: Digest): Promise<boolean>;
  retire(part: Digest): Promise<void>;
  close(): Promise<void>;
}

/** Opens the ledger in a file, making it where there is none. */
export async function openLedger(path: string): Promise<Ledger> {
  const database = await openDatabase({ kind: 'sqlite', path });
  await migrate(database, schema);
  return {
    spend: (request) => spend(database, request),
    settle: async (request, bit) => {
      const sql =
        'update gate_uses set bit = ?, settled_at_ms = ? where part = ? and gate_digest = ? and model = ? and bit is null';
      await database.transaction(
        (session) => session.run(sql, [bit, now(), request.part, request.gateDigest, request.model]),
        { durability: 'full' },
      );
    },
    entries: async (part) => {
      const rows = await database.all<Row>(
        `select * from gate_uses ${part === undefined ? '' : 'where part = ?'} order by part, place`,
        part === undefined ? [] : [part],
      );
      return rows.map((row) => ({
        part: row.part,
        place: Number(row.place),
        gate: row.gate,
        model: row.model,
        bit: row.bit,
        feedback: row.feedback,
        spentAtMs: Number(row.spent_at_ms),
      }));
    },
    isRetired: async (part) => (await database.first('select part from retired_parts where part = ?', [part])) !== null,
    retire: async (part) => {
      const sql = 'insert into retired_parts (part, retired_at_ms) values (?, ?) on conflict (part) do nothing';
      await database.transaction((session) => session.run(sql, [part, now()]), { durability: 'full' });
    },
    close: () => database.close(),
  };
}

interface Row {
  readonly part: string;
  readonly place: number;
  readonly gate: string;
  readonly gate_digest: string;
  readonly model: string;
  readonly bit: 'pass' | 'fail' | null;
  readonly feedback: 'none' | 'first_change' | 'full';
  readonly spent_at_ms: number;
}

async function spend(database: Database, request: UseRequest): Promise<UseAnswer> {
  return await database.transaction(
    async (session) => {
      const used = await session.all<Row>('select * from gate_uses where part = ? order by place', [request.part]);
      const mine = used.find((row) => row.gate_digest === request.gateDigest && row.model === request.model);
      const usesLeft = Math.max(0, request.uses - used.length);
      if (mine?.bit != null) return { kind: 'known', bit: mine.bit, usesLeft };
      if (mine !== undefined) return { kind: 'spent', place: Number(mine.place), usesLeft };
      if ((await session.first('select part from retired_parts where part = ?', [request.part])) !== null)
        throw retired(request);
      if (used.length >= request.uses) throw usedUp(request, used.length);
      if (hasChanged(request, used)) throw changed(request, used.length);
      if (tellsTooMuch(request, used)) throw feedbackSpent(request);
      const { part, gate, gateDigest, model, feedback } = request;
      const place = used.length + 1;
      const sql =
        'insert into gate_uses (part, place, gate, gate_digest, model, bit, spent_at_ms, feedback) values (?, ?, ?, ?, ?, null, ?, ?)';
      await session.run(sql, [part, place, gate, gateDigest, model, now(), feedback]);
      return { kind: 'spent', place, usesLeft: request.uses - place };
    },
    { durability: 'full' },
  );
}

/** With feedback `first_change` models are told to fail until one passes; that pass is the last thing a part may tell. */
function hasChanged(request: UseRequest, used: readonly Row[]): boolean {
  return (
    request.feedback === 'first_change' && used.some((row) => row.feedback === 'first_change' && row.bit === 'pass')
  );
}

/**
 * A gate that is priced for few histories (`none`, `first_change`) needs that earlier uses of its part, by any gate, told no
 * more than it assumes. `full` is priced for every history.
 */
function tellsTooMuch(request: UseRequest, used: readonly Row[]): boolean {
  if (request.feedback === 'full') return false;
  return used.some((row) => row.feedback === 'full' || (row.feedback === 'first_change' && row.bit === 'pass'));
}

function usedUp({ gate, uses, feedback }: UseRequest, used: number): PlatformError {
  return new PlatformError('GATE_USED_UP', {
    message: `gate ${gate}: ${used} of ${uses} uses of its part are spent (feedback ${feedback}); another would break the stated reliability`,
    details: { gate, used },
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

function retired({ gate }: UseRequest): PlatformError {
  return new PlatformError('GATE_RETIRED', {
    message: `gate ${gate}: its part was retired and may be read by anybody; it can certify nothing more`,
    details: { gate },
  });
}
