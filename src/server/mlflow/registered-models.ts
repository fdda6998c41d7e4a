/* Endpoints of registered models and their aliases. */
import type { ModelRegistry, ModelVersion, RegisteredModel } from '../../registry/index.ts';
import { carryOutRequest } from './approvals.ts';
import { tagMessage, tagsOf } from './experiments.ts';
import { integer, list, message, required, text } from './message.ts';
import { type Route, route } from './route.ts';
import { ordinalOf, writeVersion } from './version-message.ts';

const byName = message({ name: required(text) });
const byAlias = message({ name: required(text), alias: required(text) });
const latest = message({ name: required(text), stages: list(text) });
/** A search as both kinds of it ask. */
export const searchMessage = message({ filter: text, max_results: integer, order_by: list(text), page_token: text });
const defaultPage = 100;

/** Endpoints of registered models. */
export const registeredModelRoutes: readonly Route[] = [
  route(
    'POST /mlflow/registered-models/create',
    message({ name: required(text), tags: list(tagMessage), description: text }),
    async ({ name, tags, description }, { registry, user }) => ({
      registered_model: writeModel(await registry.createModel({ name, tags: tagsOf(tags), description, user }), []),
    }),
  ),
  route('GET /mlflow/registered-models/get', byName, async ({ name }, { registry }) =>
    answerModel(registry, await registry.getModel(name)),
  ),
  route(
    'POST /mlflow/registered-models/rename',
    message({ name: required(text), new_name: required(text) }),
    async ({ name, new_name }, { registry }) => answerModel(registry, await registry.renameModel(name, new_name)),
  ),
  route(
    'PATCH /mlflow/registered-models/update',
    message({ name: required(text), description: text }),
    async ({ name, description }, { registry }) =>
      answerModel(registry, await registry.describeModel(name, description ?? '')),
  ),
  route('DELETE /mlflow/registered-models/delete', byName, async ({ name }, { registry }) => {
    await registry.deleteModel(name);
    return {};
  }),
  route('GET /mlflow/registered-models/search', searchMessage, async (fields, { registry }) => {
    const { items, nextPageToken } = await registry.searchModels({
      limit: fields.max_results ?? defaultPage,
      filter: fields.filter,
      orderBy: fields.order_by,
      pageToken: fields.page_token,
    });
    const versions = await registry.latestOfModels(items.map(({ name }) => name));
    return {
      ...unlessEmpty(
        'registered_models',
        items.map((model) => writeModel(model, versions.get(model.name) ?? [])),
      ),
      ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
    };
  }),
  ...(['POST', 'GET'] as const).map((method) =>
    route(`${method} /mlflow/registered-models/get-latest-versions`, latest, async ({ name, stages }, { registry }) =>
      unlessEmpty('model_versions', (await registry.latestVersions(name, stages)).map(writeVersion)),
    ),
  ),
  route(
    'POST /mlflow/registered-models/set-tag',
    message({ name: required(text), key: required(text), value: text }),
    async ({ name, key, value }, { registry }) => {
      await registry.setModelTag(name, { key, value: value ?? '' });
      return {};
    },
  ),
  route(
    'DELETE /mlflow/registered-models/delete-tag',
    message({ name: required(text), key: required(text) }),
    async ({ name, key }, { registry }) => {
      await registry.deleteModelTag(name, key);
      return {};
    },
  ),
  route(
    'POST /mlflow/registered-models/alias',
    message({ name: required(text), alias: required(text), version: required(text) }),
    async ({ name, alias, version }, call) => {
      const key = { model: name, ordinal: ordinalOf(version) };
      await call.registry
        .pointAlias(key, alias)
        .catch((error: unknown) => carryOutRequest(error, call, { key, alias }));
      return {};
    },
  ),
  route('DELETE /mlflow/registered-models/alias', byAlias, async ({ name, alias }, { registry }) => {
    await registry.removeAlias(name, alias);
    return {};
  }),
  route('GET /mlflow/registered-models/alias', byAlias, async ({ name, alias }, { registry }) => ({
    model_version: writeVersion(await registry.versionByAlias(name, alias)),
  })),
];

async function answerModel(registry: ModelRegistry, model: RegisteredModel): Promise<object> {
  const versions = await registry.latestOfModels([model.name]);
  return { registered_model: writeModel(model, versions.get(model.name) ?? []) };
}

function writeModel(model: RegisteredModel, latestVersions: readonly ModelVersion[]): object {
  return {
    name: model.name,
    creation_timestamp: model.createdAtMs,
    last_updated_timestamp: model.updatedAtMs,
    ...(model.user === null ? {} : { user_id: model.user }),
    ...(model.description === '' ? {} : { description: model.description }),
    ...unlessEmpty('latest_versions', latestVersions.map(writeVersion)),
    ...unlessEmpty('tags', model.tags),
    ...unlessEmpty(
      'aliases',
      model.aliases.map(({ alias, ordinal }) => ({ alias, version: String(ordinal) })),
    ),
  };
}

/** A repeated field, which is absent where it has no values. */
export function unlessEmpty(field: string, values: readonly unknown[]): object {
  return values.length === 0 ? {} : { [field]: values };
}
