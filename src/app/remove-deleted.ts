import type { Session } from '../database/index.ts';
import { now, parseDuration } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { holdsOfVersions, openRegistry } from '../registry/index.ts';
import {
  type Holds,
  openRemoval,
  openTracking,
  type Removal,
  type RemovalRequest,
  type TrackingStore,
} from '../tracking/index.ts';
import type { Config } from './config.ts';
import { mirrorsOf } from './mirror-runs.ts';
import type { ProjectRecord } from './project-record.ts';

/** Which deleted things of the tracker go for good. */
export interface DeletedRequest {
  /** Deleted so long ago. */
  readonly olderThanMs: number;
  readonly runIds?: readonly string[] | undefined;
  readonly experimentIds?: readonly string[] | undefined;
}

const defaultAge = '30d';

/**
 * A text as how long something has to be deleted before it goes for good; default 30 days.
 * @throws PlatformError CONFIG_BAD_VALUE
 */
export function retentionOf(text: string | undefined, name: string): number {
  try {
    return parseDuration(text ?? defaultAge);
  } catch (cause) {
    const message = `expected ${name} to be a length of time such as 30d, found ${JSON.stringify(text)}`;
    throw new PlatformError('CONFIG_BAD_VALUE', { message, cause });
  }
}

/** `MLSPEC_RETENTION`: after how long a server removes what was deleted; null where it never does. @throws PlatformError CONFIG_BAD_VALUE */
export function serverRetention({ env }: Config): number | null {
  const text = env['MLSPEC_RETENTION'];
  return text ? retentionOf(text, 'MLSPEC_RETENTION') : null;
}

/** Says what of the tracker would go. */
export async function planRemoval(record: ProjectRecord, request: DeletedRequest): Promise<Removal> {
  const removal = await openRemoval(record.metadata.database);
  return await removal.plan(await asked(record, request));
}

/** Removes what clients deleted in the tracker, except what a registered version or a run that goes on needs. */
export async function removeDeleted(
  record: ProjectRecord,
  request: DeletedRequest,
  signal: AbortSignal,
): Promise<Removal> {
  const removal = await openRemoval(record.metadata.database);
  return await removal.remove(await asked(record, request), { signal });
}

async function asked(record: ProjectRecord, request: DeletedRequest): Promise<RemovalRequest> {
  const { database } = record.metadata;
  await openRegistry(database);
  const goingOn = await openMirrorIds(record, await openTracking(database));
  const { olderThanMs, runIds, experimentIds } = request;
  return {
    ...{ deletedBeforeMs: now() - olderThanMs + 1, runIds, experimentIds },
    holds: async (session: Session, purpose): Promise<Holds> => {
      const lock = purpose === 'remove' && database.kind === 'postgres' ? 'postgres' : null;
      const ofVersions = await holdsOfVersions(session, lock);
      return (thing) => (goingOn.has(thing.id) ? 'mlspec is carrying it out' : ofVersions(thing));
    },
  };
}

/** The tracked runs and trials of the record's runs that go on: they would come back. */
async function openMirrorIds({ metadata }: ProjectRecord, tracking: TrackingStore): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const source of await tracking.openMirrors())
    for (const { runId } of await mirrorsOf(metadata, await metadata.getRun(source))) ids.add(runId);
  return ids;
}
