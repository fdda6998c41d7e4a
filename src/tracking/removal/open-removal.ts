import { type Database, migrate } from '../../database/index.ts';
import { artifactPathsSchema } from '../artifacts/schema.ts';
import { trackingSchema } from '../schema.ts';
import { traceSchema } from '../traces/schema.ts';
import { findDeleted } from './find-deleted.ts';
import type { DeletedThing, HeldThing, Removal, RemovalRequest, TrackerRemoval } from './removal.ts';
import { removeExperiment, removeFolders, removeModels } from './remove-owners.ts';
import { markRuns, removeMarkedRuns, removeUnreadDatasets } from './remove-runs.ts';
import { removalSchema } from './schema.ts';
import type { Outcome } from './take-each.ts';

const atOnce = 100;

/**
 * The removal of what clients deleted, in a database whose tables are made or brought up to date first.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openRemoval(database: Database): Promise<TrackerRemoval> {
  for (const schema of [trackingSchema, artifactPathsSchema, traceSchema, removalSchema])
    await migrate(database, schema);
  return {
    plan: async (request) => {
      const { things, held, folders, elsewhere } = await findDeleted(database, request);
      return { things: things.map(shown), held, folders, elsewhere };
    },
    remove: (request, options) => remove(database, request, options?.signal),
  };
}

async function remove(database: Database, request: RemovalRequest, signal: AbortSignal | undefined): Promise<Removal> {
  await removeMarkedRuns(database, signal);
  const found = await findDeleted(database, request);
  const outcomes: Outcome[] = [];
  for (const runs of portions(found.runs)) {
    signal?.throwIfAborted();
    outcomes.push(await markRuns(database, runs, request));
    await removeMarkedRuns(database, signal);
  }
  for (const models of portions(found.models)) {
    signal?.throwIfAborted();
    outcomes.push(await removeModels(database, models, request));
  }
  await removeUnreadDatasets(database, new Set(found.runs.map(({ experiment }) => experiment)));
  for (const experiment of found.experiments) {
    signal?.throwIfAborted();
    outcomes.push(await removeExperiment(database, experiment, request));
  }
  await removeFolders(database, signal);
  const removed = new Set(outcomes.flatMap((one) => one.removed));
  return {
    things: [...removed].map(shown),
    held: [...new Map([...found.held, ...outcomes.flatMap((one) => one.held)].map(named)).values()],
    folders: found.folders,
    elsewhere: found.elsewhere,
  };
}

function named(held: HeldThing): [string, HeldThing] {
  return [`${held.kind} ${held.id}`, held];
}

function shown({ kind, id, name, artifactUri }: DeletedThing): DeletedThing {
  return { kind, id, name, artifactUri };
}

function portions<Row>(rows: readonly Row[]): (readonly Row[])[] {
  const count = Math.ceil(rows.length / atOnce);
  return Array.from({ length: count }, (_, index) => rows.slice(index * atOnce, (index + 1) * atOnce));
}
