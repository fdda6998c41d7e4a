/* Servers whose stores are backed up, and the command line that does it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { newId } from '../../src/encoding/index.ts';
import { hasPostgres } from '../contract/databases.ts';
import { newPostgresDatabase } from '../contract/postgres-database.ts';
import { isFull } from '../full.ts';
import { program } from '../program.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** Where a store is. */
export type StoreKind = 'sqlite' | 'postgres';

const kinds: readonly StoreKind[] = (await hasPostgres()) ? ['sqlite', 'postgres'] : ['sqlite'];
/** From each kind of store to each. */
export const ways = kinds
  .flatMap((from) => kinds.map((to) => ({ from, to })))
  // Across both, each is read and each is filled.
  .filter(({ from, to }) => isFull || kinds.length === 1 || from !== to);

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Stores, servers and commands of one test, which end with it. */
export interface BackupPlaces {
  /** A folder of the test's own: the home of whoever runs its servers. */
  readonly home: string;
  /** A new place for a server: a folder, or a database on PostgreSQL. */
  newStore(kind: StoreKind): Promise<string>;
  start(store: string, more?: Parameters<typeof startServerProcess>[2]): Promise<ServerProcess>;
  mlspec(args: readonly string[], store: string): Promise<Ended>;
}

/** Makes places anew for every test of a file. */
export function useBackupPlaces(): BackupPlaces {
  let home = '';
  const ends: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'backup-'));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await rm(home, { recursive: true, force: true });
  });
  /** A folder for each store: with PostgreSQL the content lies there. */
  const stateOf = (store: string): string =>
    store.startsWith('postgres') ? join(home, `content-${new URL(store).pathname.slice(1)}`) : store;
  return {
    get home() {
      return home;
    },
    newStore: async (kind) => {
      if (kind === 'sqlite') return join(home, newId('state'));
      const database = await newPostgresDatabase();
      ends.push(database.remove);
      return database.url;
    },
    start: async (store, more = {}) => {
      const server = await startServerProcess(store, home, {
        ...more,
        env: { MLSPEC_STATE_DIR: stateOf(store), ...more.env },
      });
      ends.push(() => server.kill());
      return server;
    },
    mlspec: async (args, store) => {
      const child = spawn(program, [...args, '--store', store], {
        cwd: home,
        env: { PATH: process.env['PATH'], HOME: home, MLSPEC_STATE_DIR: stateOf(store) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const said = { stdout: '', stderr: '' };
      child.stdout!.on('data', (part: Buffer) => (said.stdout += part.toString()));
      child.stderr!.on('data', (part: Buffer) => (said.stderr += part.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, ...said };
    },
  };
}
