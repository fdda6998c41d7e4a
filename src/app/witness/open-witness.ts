import { join } from 'node:path';
import { migrate, openDatabase, type SchemaOwner, type Session } from '../../database/index.ts';
import { now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Signer } from '../../provenance/index.ts';
import { keysFor, readTrust } from '../../provenance/keys/index.ts';
import {
  type CosignRequest,
  cosignNote,
  decideCosign,
  noteKeyOf,
  originOf,
  parseCosignRequest,
  parseNote,
  type Seen,
  witnessNameOf,
} from '../../provenance/log/index.ts';
import type { Config } from '../config.ts';
import { openSigning } from '../signing.ts';

/** An answer of the witness protocol, as HTTP has it. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly type: 'text/plain' | 'text/x.tlog.size';
  readonly body: string;
}

/** A witness of other people's logs. */
export interface Witness {
  /** The name in its signature lines. */
  readonly name: string;
  /** Answers the body of a request to `add-checkpoint`. */
  addCheckpoint(body: string): Promise<WitnessAnswer>;
  close(): Promise<void>;
}

const schema: SchemaOwner = {
  component: 'witness',
  migrations: [
    {
      version: 1,
      statements: ['create table seen_logs (origin text primary key, size bigint not null, root text not null)'],
    },
  ],
};

/**
 * A witness with this user's key `witness`, made at its first use, over the logs whose keys this user trusts with the
 * role `log`. What it saw is kept in a folder, and on disk before a signature leaves it.
 * @throws PlatformError PROVENANCE_KEY_BAD, DATABASE_…
 */
export async function openWitness(config: Config, folder: string): Promise<Witness> {
  const signer = await openSigning({ ...config, projectRoot: null }).witness();
  const database = await openDatabase({ kind: 'sqlite', path: join(folder, 'witness.db') });
  await migrate(database, schema);
  const name = witnessNameOf(signer.keyId);
  const decide = async (session: Session, request: CosignRequest): Promise<ReturnType<typeof decideCosign>> => {
    const origin = originOf(request);
    const logs = keysFor(await readTrust(config.keysDir), 'log', null).map((key) => noteKeyOf(key, origin, 'ed25519'));
    return decideCosign(request, await seenOf(session, origin), logs);
  };
  return {
    name,
    addCheckpoint: async (body) => {
      try {
        const request = parseCosignRequest(body);
        const decision = await database.transaction(
          async (session) => {
            const decided = await decide(session, request);
            if (decided.kind === 'cosign') await remember(session, decided.checkpoint);
            return decided;
          },
          { durability: 'full' },
        );
        return await answer(decision, request, { signer, name });
      } catch (error) {
        if (!(error instanceof PlatformError) || !error.code.startsWith('PROVENANCE_')) throw error;
        return { status: 400, type: 'text/plain', body: `${error.message}\n` };
      }
    },
    close: () => database.close(),
  };
}

async function answer(
  decision: ReturnType<typeof decideCosign>,
  { checkpoint }: CosignRequest,
  by: { readonly signer: Signer; readonly name: string },
): Promise<WitnessAnswer> {
  const said = (status: WitnessAnswer['status'], body: string): WitnessAnswer => ({ status, type: 'text/plain', body });
  switch (decision.kind) {
    case 'unknown-log':
      return said(404, 'no key of a log is known here\n');
    case 'unsigned':
      return said(403, 'no known key signed the checkpoint\n');
    case 'inconsistent':
      return said(422, 'the proof does not show that the log goes on from what was seen last\n');
    case 'conflict':
      return { status: 409, type: 'text/x.tlog.size', body: `${decision.size}\n` };
    case 'cosign': {
      const at = { name: by.name, atSeconds: Math.floor(now() / 1000) };
      return said(200, await cosignNote(parseNote(checkpoint).text, by.signer, at));
    }
  }
}

async function seenOf(session: Session, origin: string): Promise<Seen | null> {
  const row = await session.first<{ size: number; root: string }>('select size, root from seen_logs where origin = ?', [
    origin,
  ]);
  return row === null ? null : { size: Number(row.size), root: Buffer.from(row.root, 'base64') };
}

async function remember(
  session: Session,
  { origin, size, root }: Extract<ReturnType<typeof decideCosign>, { kind: 'cosign' }>['checkpoint'],
): Promise<void> {
  const sql = `insert into seen_logs (origin, size, root) values (?, ?, ?)
    on conflict (origin) do update set size = excluded.size, root = excluded.root`;
  await session.run(sql, [origin, size, root.toString('base64')]);
}
