/* Endpoints of versions of registered models. */
import { isPrompt } from '../../registry/index.ts';
import { tagMessage, tagsOf } from './experiments.ts';
import { boolean, list, message, required, text } from './message.ts';
import { noteRegistration } from './model-registrations.ts';
import { searchMessage, unlessEmpty } from './registered-models.ts';
import { type Route, route } from './route.ts';
import { downloadUri, ordinalOf, writeVersion } from './version-message.ts';
import { readVersionSource } from './version-source.ts';

const key = { name: required(text), version: required(text) };
const defaultPage = 200_000;

/** The key of a version from its fields. */
function keyOf({ name, version }: { readonly name: string; readonly version: string }): {
  model: string;
  ordinal: number;
} {
  return { model: name, ordinal: ordinalOf(version) };
}

/** Endpoints of versions. */
export const modelVersionRoutes: readonly Route[] = [
  route(
    'POST /mlflow/model-versions/create',
    message({
      name: required(text),
      source: required(text),
      run_id: text,
      tags: list(tagMessage),
      run_link: text,
      description: text,
      model_id: text,
    }),
    async (fields, call) => {
      const tags = tagsOf(fields.tags);
      const origin = await readVersionSource({ ...fields, tags }, call);
      const version = await call.registry.createVersion({
        ...origin,
        model: fields.name,
        tags,
        runLink: fields.run_link ?? '',
        description: fields.description ?? '',
        user: call.user,
      });
      if (!isPrompt(tags)) await noteRegistration(version, call.tracking);
      return { model_version: writeVersion(version) };
    },
  ),
  route('GET /mlflow/model-versions/get', message(key), async (fields, { registry }) => ({
    model_version: writeVersion(await registry.getVersion(keyOf(fields))),
  })),
  route(
    'GET /mlflow/model-versions/get-download-uri',
    // MLflow asks for nothing here, so that an absent name is an unknown one.
    message({ name: text, version: text }),
    async ({ name = '', version = '' }, { registry }) => {
      const found = await registry.getVersion(keyOf({ name, version }));
      return { artifact_uri: downloadUri(found) };
    },
  ),
  route('GET /mlflow/model-versions/search', searchMessage, async (fields, { registry }) => {
    const { items, nextPageToken } = await registry.searchVersions({
      limit: fields.max_results ?? defaultPage,
      filter: fields.filter,
      orderBy: fields.order_by,
      pageToken: fields.page_token,
    });
    return {
      ...unlessEmpty('model_versions', items.map(writeVersion)),
      ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
    };
  }),
  route(
    'PATCH /mlflow/model-versions/update',
    message({ ...key, description: text }),
    async (fields, { registry }) => ({
      model_version: writeVersion(await registry.describeVersion(keyOf(fields), fields.description ?? null)),
    }),
  ),
  route(
    'POST /mlflow/model-versions/transition-stage',
    message({ ...key, stage: required(text), archive_existing_versions: boolean }),
    async (fields, { registry }) => {
      const { stage, archive_existing_versions: archiveOthers = false } = fields;
      return { model_version: writeVersion(await registry.moveVersion({ ...keyOf(fields), stage, archiveOthers })) };
    },
  ),
  route('DELETE /mlflow/model-versions/delete', message(key), async (fields, { registry }) => {
    await registry.deleteVersion(keyOf(fields));
    return {};
  }),
  route(
    'POST /mlflow/model-versions/set-tag',
    message({ ...key, key: required(text), value: text }),
    async (fields, { registry }) => {
      await registry.setVersionTag(keyOf(fields), { key: fields.key, value: fields.value ?? '' });
      return {};
    },
  ),
  route(
    'DELETE /mlflow/model-versions/delete-tag',
    message({ ...key, key: required(text) }),
    async (fields, { registry }) => {
      await registry.deleteVersionTag(keyOf(fields), fields.key);
      return {};
    },
  ),
];
