/* A tracking store on a database of its own, for the suites that every database must pass. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { Database } from '../../src/database/index.ts';
import { openTracking, type TrackingStore } from '../../src/tracking/index.ts';
import type { TestDatabase } from './databases.ts';

/** What a suite works on; there from the first test on. */
export interface TrackingFixture {
  readonly tracking: TrackingStore;
  /** A further store of the same database, with a connection of its own. */
  another(): Promise<TrackingStore>;
  /** @returns its id */
  newExperiment(): Promise<string>;
  /** @returns its id */
  newRun(experimentId?: string): Promise<string>;
}

/** A store that opens before the tests of the suite that calls this and goes after them. */
export function trackingFixture(create: () => Promise<TestDatabase>): TrackingFixture {
  let place: TestDatabase;
  const opened: Database[] = [];
  let tracking: TrackingStore;
  const open = async (): Promise<TrackingStore> => {
    const database = await place.open();
    opened.push(database);
    return await openTracking(database);
  };
  beforeAll(async () => {
    place = await create();
    tracking = await open();
  });
  afterAll(async () => {
    for (const database of opened) await database.close();
    await place.dispose();
  });
  let count = 0;
  const newExperiment = () => tracking.createExperiment({ name: `experiment ${count++}` });
  return {
    get tracking() {
      return tracking;
    },
    another: open,
    newExperiment,
    newRun: async (experimentId) =>
      (await tracking.createRun({ experimentId: experimentId ?? (await newExperiment()) })).info.runId,
  };
}

/** An error of this code. */
export const code = (expected: string): object => expect.objectContaining({ code: expected });

/** A point to log. */
export const point = (key: string, value: number, more: { step?: bigint; timestampMs?: number } = {}) => ({
  key,
  value,
  step: more.step ?? 0n,
  timestampMs: more.timestampMs ?? 1,
});
