/* What becomes of traces when their experiment is removed for good, on both databases. */
import { expect, test } from 'vitest';
import { now } from '../../src/encoding/index.ts';
import { type NewSpan, openRemoval, openTraces, openTracking } from '../../src/tracking/index.ts';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';

const withPostgres = await hasPostgres();
const span: NewSpan = {
  ...{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), parentId: null, name: 'span', resource: new Map() },
  ...{ startedAtNs: 1_588_672_800_000_000_007n, endedAtNs: 1_588_672_800_050_000_009n, status: 'OK' },
  ...{ statusMessage: '', attributes: new Map([['k', 5n]]), events: [], links: [] },
};

test.each([
  ['SQLite', newSqlite],
  ['PostgreSQL', newPostgres],
] as const)('traces stay while their experiment is in the bin, and go with it, on %s', async (kind, create) => {
  if (kind === 'PostgreSQL' && !withPostgres) return;
  const place = await create();
  const database = await place.open();
  try {
    const [tracking, traces] = [await openTracking(database), await openTraces(database)];
    const id = await tracking.createExperiment({ name: 'to go' });
    const [traceId] = await traces.logSpans(id, [span]);
    await tracking.deleteExperiment(id);
    expect((await traces.getInfo(traceId!)).experimentId).toBe(id);
    const removal = await openRemoval(database);
    await removal.remove({ deletedBeforeMs: now() + 1000, holds: async () => () => null });
    await expect(traces.getInfo(traceId!)).rejects.toMatchObject({ code: 'TRACKING_UNKNOWN' });
    expect(await database.all('select span_id from spans')).toEqual([]);
    await expect(traces.logSpans(id, [span])).rejects.toMatchObject({ code: 'TRACKING_UNKNOWN' });
  } finally {
    await database.close();
    await place.dispose();
  }
});
