/** What is deleted and may go, and what has to stay and why. */
import type { Session } from '../../database/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { experimentNumber, unknown } from '../names.ts';
import { folderOf, ownedFolder } from './owned-folder.ts';
import type { DeletedThing, HeldThing, Holds, Removal, RemovalRequest } from './removal.ts';

/** A deleted thing with what the tables know it by. */
export interface DeletedRow extends DeletedThing {
  /** The key of its row; of a logged model its id. */
  readonly row: number | string;
  readonly experiment: number;
}

/** Everything that may go, by the tables. */
export interface FoundDeleted extends Removal {
  readonly runs: readonly DeletedRow[];
  readonly models: readonly DeletedRow[];
  readonly experiments: readonly DeletedRow[];
}

/** Looks at everything that a request means. @throws PlatformError TRACKING_UNKNOWN, TRACKING_NOT_DELETED */
export async function findDeleted(session: Session, request: RemovalRequest): Promise<FoundDeleted> {
  await requireDeleted(session, request);
  const holds = await request.holds(session, 'look');
  const held: HeldThing[] = [];
  const free = (rows: readonly DeletedRow[]): DeletedRow[] => rows.filter((row) => !isHeld(row, holds, held));
  const asked = await deletedExperiments(session, request);
  const runs = free(await deletedRuns(session, request));
  const models = free(
    await deletedModels(session, { request, experiments: asked.map(({ experiment }) => experiment) }),
  );
  const experiments = await emptied(session, { asked: free(asked), going: [...runs, ...models], held });
  const things = [...runs, ...models, ...experiments];
  const places = await locations(session);
  const folders = things.flatMap((thing) => ownedFolder(thing, others(places, thing)) ?? []);
  const elsewhere = things.filter(({ artifactUri }) => folderOf(artifactUri) === null);
  return {
    ...{ runs, models, experiments, things, held, folders },
    elsewhere: elsewhere.map((one) => one.artifactUri),
  };
}

function isHeld(row: DeletedRow, holds: Holds, held: HeldThing[]): boolean {
  const why = holds(row);
  if (why !== null) held.push({ kind: row.kind, id: row.id, why });
  return why !== null;
}

/** A place for artifacts and whose it is. */
interface Location {
  readonly id: number;
  readonly artifact_location: string;
}

/** Where artifacts of experiments lie. */
export async function locations(session: Session): Promise<readonly Location[]> {
  return await session.all<Location>('select id, artifact_location from experiments');
}

/** The places of all experiments but the thing itself. */
export function others(places: readonly Location[], thing: DeletedThing): string[] {
  const own = thing.kind === 'experiment' ? Number(thing.id) : null;
  return places.filter(({ id }) => id !== own).map((place) => place.artifact_location);
}

interface Row {
  readonly row: number | string;
  readonly id: string;
  readonly experiment: number;
  readonly name: string;
  readonly uri: string;
}

function thingOf(kind: DeletedThing['kind']): (row: Row) => DeletedRow {
  return ({ uri, id, ...row }) => ({ ...row, kind, id: String(id), artifactUri: uri });
}

/** When a run was deleted: with its experiment, where its own row does not say. */
export const runDeletedAt = 'coalesce(r.deleted_at_ms, e.updated_at_ms)';

async function deletedRuns(session: Session, request: RemovalRequest): Promise<DeletedRow[]> {
  const { deletedBeforeMs, runIds, experimentIds } = request;
  const [some, ids] = [chosen(request), experimentNumbers(experimentIds)];
  const only = some ? `and (r.run_id in (${places(runIds)}) or r.experiment_id in (${places(ids)}))` : '';
  const sql = `select r.id as row, r.run_id as id, r.experiment_id as experiment, r.name, r.artifact_uri as uri
    from tracked_runs r join experiments e on e.id = r.experiment_id
    where r.lifecycle = 'deleted' and ${runDeletedAt} < ? ${only} order by r.id`;
  return (await session.all<Row>(sql, [deletedBeforeMs, ...(some ? [...(runIds ?? []), ...ids] : [])])).map(
    thingOf('run'),
  );
}

/** Deleted models, and all that are in a deleted experiment. */
async function deletedModels(
  session: Session,
  { request, experiments }: { readonly request: RemovalRequest; readonly experiments: readonly number[] },
): Promise<DeletedRow[]> {
  const own = chosen(request) ? '' : "(l.lifecycle = 'deleted' and l.updated_at_ms < ?) or ";
  const sql = `select l.model_id as row, l.model_id as id, l.experiment_id as experiment, l.name, l.artifact_uri as uri
    from logged_models l where ${own} l.experiment_id in (${places(experiments)}) order by l.model_id`;
  const values = [...(chosen(request) ? [] : [request.deletedBeforeMs]), ...experiments];
  return (await session.all<Row>(sql, values)).map(thingOf('logged-model'));
}

/** Deleted experiments; that of the number 0 is always there. */
async function deletedExperiments(session: Session, request: RemovalRequest): Promise<DeletedRow[]> {
  const ids = experimentNumbers(request.experimentIds);
  const only = chosen(request) ? `and e.id in (${places(ids)})` : '';
  const sql = `select e.id as row, e.id, e.id as experiment, e.name, e.artifact_location as uri
    from experiments e where e.lifecycle = 'deleted' and e.id <> 0 and e.updated_at_ms < ? ${only} order by e.id`;
  const rows = await session.all<Row>(sql, [request.deletedBeforeMs, ...(chosen(request) ? ids : [])]);
  return rows.map(thingOf('experiment'));
}

/** The experiments of which nothing stays. */
async function emptied(
  session: Session,
  found: { readonly asked: readonly DeletedRow[]; readonly going: readonly DeletedRow[]; readonly held: HeldThing[] },
): Promise<DeletedRow[]> {
  const { asked, going, held } = found;
  const leaving = Map.groupBy(going, ({ experiment }) => experiment);
  const empty: DeletedRow[] = [];
  for (const thing of asked) {
    const left = (await contentCount(session, thing.experiment)) - (leaving.get(thing.experiment)?.length ?? 0);
    if (left <= 0) empty.push(thing);
    else held.push({ kind: 'experiment', id: thing.id, why: `${left} of its runs and logged models stay` });
  }
  return empty;
}

/** How many runs and logged models are in an experiment. */
export async function contentCount(session: Session, experiment: number): Promise<number> {
  const sql = `select (select count(*) from tracked_runs where experiment_id = ? and lifecycle <> 'removed')
    + (select count(*) from logged_models where experiment_id = ?) as content`;
  return (await session.first<{ content: number }>(sql, [experiment, experiment]))!.content;
}

function chosen({ runIds, experimentIds }: RemovalRequest): boolean {
  return runIds !== undefined || experimentIds !== undefined;
}

function experimentNumbers(ids: readonly string[] | undefined): number[] {
  return (ids ?? []).map(experimentNumber);
}

/** What an empty list may be written as in both databases. */
function places(values: readonly unknown[] | undefined): string {
  return values === undefined || values.length === 0 ? 'null' : values.map(() => '?').join(', ');
}

/** @throws PlatformError TRACKING_UNKNOWN, TRACKING_NOT_DELETED */
async function requireDeleted(session: Session, request: RemovalRequest): Promise<void> {
  const run = `select r.lifecycle, ${runDeletedAt} as at_ms from tracked_runs r
    join experiments e on e.id = r.experiment_id where r.run_id = ?`;
  for (const id of request.runIds ?? []) await requireOne(session, { sql: run, key: id, what: `run ${id}` }, request);
  const experiment = 'select lifecycle, updated_at_ms as at_ms from experiments where id = ?';
  for (const id of request.experimentIds ?? [])
    await requireOne(session, { sql: experiment, key: experimentNumber(id), what: `experiment ${id}` }, request);
}

async function requireOne(
  session: Session,
  { sql, key, what }: { readonly sql: string; readonly key: string | number; readonly what: string },
  { deletedBeforeMs }: RemovalRequest,
): Promise<void> {
  const row = await session.first<{ lifecycle: string; at_ms: number }>(sql, [key]);
  if (row === null) throw unknown(`expected the ${what}, found none`);
  if (row.lifecycle === 'deleted' && row.at_ms < deletedBeforeMs) return;
  const found =
    row.lifecycle === 'deleted' ? 'that it was deleted after the given time' : `that it is ${row.lifecycle}`;
  throw new PlatformError('TRACKING_NOT_DELETED', {
    message: `expected the ${what} to be deleted for long enough, found ${found}`,
  });
}
