import { setTimeout } from 'node:timers/promises';
import { type Database, migrate } from '../database/index.ts';
import { monotonicMs } from '../encoding/index.ts';
import { registrySchema } from '../registry/index.ts';
import { artifactPathsSchema, removalSchema, trackingSchema, webhookSchema } from '../tracking/index.ts';
import { countPending, type KeepOptions, keepIndex } from './keep-index.ts';
import { countReports, createReportKeeper, type ReportKeeper, type ReportSource } from './keep-reports.ts';
import { searchSchema } from './schema.ts';
import { searchIndex } from './search-index.ts';
import type { TextSearch } from './text-search.ts';
import type { KnownWords } from './write-documents.ts';

/** Things in one transaction where nobody waits for the database but the one who searches. */
const manyAtOnce = 250;
/** Things in one transaction where others write: some milliseconds. */
const fewAtOnce = 20;
/** A pause is so many times as long as the portion before it. */
const pauseShare = 1;
const reportsAtOnce = 5;
const tidyForMs = 500;
/** So many changed rows tell PostgreSQL too little of its table. */
const analyzedFrom = 5000;

/** How an index is used. */
export interface TextSearchOptions {
  /** How long a search carries changes into the index before it answers with what is there. Default 2 s. */
  readonly keepForMs?: number;
  /** Where reports are read; left out, none are looked at. */
  readonly reports?: ReportSource;
}

/**
 * The search in a database, whose tables are made or brought up to date first.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openTextSearch(
  database: Database,
  { keepForMs = 2000, reports }: TextSearchOptions = {},
): Promise<TextSearch> {
  for (const schema of [
    ...[webhookSchema, trackingSchema, artifactPathsSchema, removalSchema, registrySchema],
    searchSchema,
  ])
    await migrate(database, schema);
  const known: KnownWords = new Set();
  const keep = (options: Omit<KeepOptions, 'known'>): Promise<boolean> => keepIndex(database, { ...options, known });
  const keeper = reports === undefined ? null : createReportKeeper(database, reports, reportsAtOnce);
  return {
    search: async (query) =>
      await searchIndex(database, query, async () => {
        const left = keeper !== null && (await keepReportsFor(keeper, keepForMs));
        return (await keep({ forMs: keepForMs, atOnce: fewAtOnce })) && !left;
      }),
    complete: async ({ onProgress, onUnreadable = () => undefined, signal } = {}) => {
      const reportCount = keeper === null ? 0 : await countReports(database);
      let read = 0;
      const total = await countPending(database);
      const report = (done: number): void => onProgress?.({ done, total: Math.max(done, reportCount + total) });
      for (let count = -1; count !== 0 && signal?.aborted !== true; read += count) {
        count = (await keeper?.keepSome())?.count ?? 0;
        for (const error of keeper?.untold.splice(0) ?? []) onUnreadable(error);
        if (count > 0) report(read + count);
      }
      const options = { forMs: Number.POSITIVE_INFINITY, atOnce: manyAtOnce, signal };
      await keep({ ...options, onProgress: (done) => report(read + done) });
      await learn(database, total);
    },
    tidy: async (signal) => {
      const start = monotonicMs();
      for (;;) {
        const portion = monotonicMs();
        const left = (await keeper?.keepSome())?.count ?? 0;
        const unread = keeper?.untold.shift();
        if (unread !== undefined) throw unread;
        if ((await keep({ forMs: 0, atOnce: fewAtOnce, signal })) && left === 0) return true;
        if (signal?.aborted === true || monotonicMs() - start > tidyForMs) return false;
        await setTimeout(pauseShare * (monotonicMs() - portion));
      }
    },
  };
}

/** Reports are read for a search while that is quick; where they cannot be read the search goes on without. @returns whether some are left */
async function keepReportsFor({ keepSome }: ReportKeeper, forMs: number): Promise<boolean> {
  const start = monotonicMs();
  try {
    for (let unread = 0; ; ) {
      const { count, unreadCount } = await keepSome();
      unread += unreadCount;
      if (count === 0) return unread > 0;
      if (monotonicMs() - start > forMs) return true;
    }
  } catch {
    // Whoever keeps the index for no search tells of it.
    return true;
  }
}

/** PostgreSQL finds the shorter way to an answer by what it knows of a table, and looks at new ones a minute later. */
async function learn(database: Database, changed: number): Promise<void> {
  if (database.kind === 'postgres' && changed >= analyzedFrom) await database.run('analyze search_documents');
}
