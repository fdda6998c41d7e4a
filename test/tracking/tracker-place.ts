import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type ArtifactStore, createLocalArtifacts } from '../../src/artifacts/index.ts';
import type { Database } from '../../src/database/index.ts';
import { openArtifacts, openTracking, type TrackedArtifacts, type TrackingStore } from '../../src/tracking/index.ts';
import type { TestDatabase } from '../contract/databases.ts';
import { describeOnEachDatabase } from '../contract/each-database.ts';

/** A tracker with its artifacts, and what they stand on. */
export interface TrackerPlace {
  readonly place: TestDatabase;
  readonly database: Database;
  /** Of the content. */
  readonly folder: string;
  readonly store: ArtifactStore;
  readonly tracking: TrackingStore;
  readonly artifacts: TrackedArtifacts;
}

/** Declares the same tests on both databases, each with a tracker of its own. @param declare gets what is opened before each test */
export function describeTracker(declare: (opened: () => TrackerPlace) => void): void {
  describeOnEachDatabase((create) => {
    let opened: TrackerPlace;
    beforeEach(async () => {
      const place = await create();
      const database = await place.open();
      const folder = await mkdtemp(join(tmpdir(), 'tracker-'));
      const store = createLocalArtifacts({ root: folder });
      const tracking = await openTracking(database);
      opened = { place, database, folder, store, tracking, artifacts: await openArtifacts(database, store) };
    });
    afterEach(async () => {
      await opened.database.close();
      await opened.place.dispose();
      await rm(opened.folder, { recursive: true, force: true });
    });
    declare(() => opened);
  });
}
