/** Registered models themselves: made, renamed, described, tagged, deleted. */
import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { isPlatformError, PlatformError } from '../errors/index.ts';
import { storable } from '../tracking/index.ts';
import { announceModel, announceModelGone, announceModelTag } from './announce.ts';
import type { NewModel, RegisteredModel, RegistryTag } from './model-registry.ts';
import { checkModelName, checkTagKey, keptTag } from './names.ts';
import { isPrompt } from './prompts.ts';
import { completeModels } from './rows.ts';

/** Makes a model. */
export async function createModel(database: Database, model: NewModel): Promise<RegisteredModel> {
  const { name, description = '', user = null } = model;
  checkModelName(name);
  const tags = new Map((model.tags ?? []).map((tag) => [tag.key, keptTag(tag)]));
  return await database.transaction(async (session) => {
    const columns = ['name', 'description', 'user_name', 'created_at_ms', 'updated_at_ms'];
    const at = now();
    const row = [name, storable(description), user, at, at];
    const added = await session.insert({ table: 'registered_models', columns }, [row], { onConflict: 'nothing' });
    if (added === 0) throw taken(await getModel(session, name), isPrompt([...tags.values()]));
    for (const tag of tags.values()) await writeModelTag(session, name, tag);
    await announceModel(session, { name, description, tags: [...tags.values()] });
    return await getModel(session, name);
  });
}

/** A model by its name. @throws PlatformError REGISTRY_MODEL_UNKNOWN */
export async function getModel(session: Session, name: string): Promise<RegisteredModel> {
  checkModelName(name);
  const rows = await session.all('select * from registered_models where name = ?', [name]);
  const [model] = await completeModels(session, rows);
  if (model === undefined) throw unknown(name);
  return model;
}

/** Throws, in the transaction, where a model must stay as it is. */
export type RequireFree = (session: Session, name: string) => Promise<void>;

/** Gives a model another name. */
export async function renameModel(
  database: Database,
  { name, to }: { readonly name: string; readonly to: string },
  requireFree: RequireFree,
): Promise<RegisteredModel> {
  checkModelName(to, 'new_name');
  checkModelName(name);
  return await database
    .transaction(async (session) => {
      await requireFree(session, name);
      const at = now();
      const sql = 'update registered_models set name = ?, updated_at_ms = ? where name = ?';
      if ((await session.run(sql, [to, at, name])) === 0) throw unknown(name);
      await session.run('update model_versions set updated_at_ms = ? where model = ?', [at, to]);
      return await getModel(session, to);
    })
    .catch((error: unknown) => {
      throw isPlatformError(error) && error.code === 'DATABASE_CONSTRAINT' ? exists('Registered Model', to) : error;
    });
}

/** Says something about a model. */
export async function describeModel(database: Database, name: string, description: string): Promise<RegisteredModel> {
  checkModelName(name);
  const sql = 'update registered_models set description = ?, updated_at_ms = ? where name = ?';
  if ((await database.run(sql, [storable(description), now(), name])) === 0) throw unknown(name);
  return await getModel(database, name);
}

/** Takes a model away for good. */
export async function deleteModel(database: Database, name: string, requireFree: RequireFree): Promise<void> {
  checkModelName(name);
  await database.transaction(async (session) => {
    await requireFree(session, name);
    if ((await session.run('delete from registered_models where name = ?', [name])) === 0) throw unknown(name);
    await announceModelGone(session, name);
  });
}

/** Sets a tag. */
export async function setModelTag(database: Database, name: string, tag: RegistryTag): Promise<void> {
  checkModelName(name);
  const kept = keptTag(tag);
  await database.transaction(async (session) => {
    await getModel(session, name);
    await writeModelTag(session, name, kept);
    await announceModelTag(session, name, kept);
  });
}

/** Takes a tag away. */
export async function deleteModelTag(database: Database, name: string, key: string): Promise<void> {
  checkModelName(name);
  checkTagKey(key);
  await database.transaction(async (session) => {
    await getModel(session, name);
    const sql = 'delete from registered_model_tags where model = ? and key = ?';
    if ((await session.run(sql, [name, key])) === 1) await announceModelTag(session, name, { key });
  });
}

async function writeModelTag(session: Session, name: string, { key, value }: RegistryTag): Promise<void> {
  const sql = `insert into registered_model_tags (model, key, value) values (?, ?, ?)
    on conflict (model, key) do update set value = excluded.value`;
  await session.run(sql, [name, key, value]);
}

function unknown(name: string): PlatformError {
  return new PlatformError('REGISTRY_MODEL_UNKNOWN', {
    message: `Registered Model with name=${name} not found`,
    details: { model: name },
  });
}

function taken(there: RegisteredModel, asPrompt: boolean): PlatformError {
  const kind = (prompt: boolean): string => (prompt ? 'Prompt' : 'Registered Model');
  const [old, wanted] = [kind(isPrompt(there.tags)), kind(asPrompt)];
  if (old === wanted) return exists(wanted, there.name);
  return new PlatformError('REGISTRY_MODEL_EXISTS', {
    message:
      `Tried to create a ${wanted.toLowerCase()} with name '${there.name}', but the name is already taken by a ` +
      `${old.toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`,
    details: { model: there.name },
  });
}

function exists(kind: string, name: string): PlatformError {
  return new PlatformError('REGISTRY_MODEL_EXISTS', {
    message: `${kind} (name=${name}) already exists.`,
    details: { model: name },
  });
}
