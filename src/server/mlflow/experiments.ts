/* Endpoints of experiments. */

import { PlatformError } from '../../errors/index.ts';
import type { DatasetSummary, Experiment } from '../../tracking/index.ts';
import { badValue, integer, list, message, oneOf, required, text } from './message.ts';
import { type Route, route } from './route.ts';

/** A key with a value, both given. */
export const tagMessage = message({ key: required(text), value: text });
/** Which of deleted and active things are wanted. */
export const viewType = oneOf(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']);
const views = { ACTIVE_ONLY: 'active', DELETED_ONLY: 'deleted', ALL: 'all' } as const;

/** A view in the words of the store. */
export function viewOf(type: keyof typeof views | undefined): (typeof views)[keyof typeof views] {
  return views[type ?? 'ACTIVE_ONLY'];
}

/** Tags as messages carry them; a value that is absent is empty. */
export function tagsOf(
  tags: readonly { readonly key: string; readonly value: string | undefined }[],
): { key: string; value: string }[] {
  return tags.map(({ key, value }) => ({ key, value: value ?? '' }));
}

const datasetExperiments = 20;
const datasetLimit = 1000;

const byId = message({ experiment_id: required(text) });
const search = message({
  max_results: integer,
  page_token: text,
  filter: text,
  order_by: list(text),
  view_type: viewType,
});

/** Endpoints of experiments. */
export const experimentRoutes: readonly Route[] = [
  route(
    'POST /mlflow/experiments/create',
    message({ name: required(text), artifact_location: text, tags: list(tagMessage) }),
    async ({ name, artifact_location, tags }, { tracking }) => ({
      experiment_id: await tracking.createExperiment({
        name,
        artifactLocation: artifact_location === '' ? undefined : artifact_location,
        tags: tagsOf(tags),
      }),
    }),
  ),
  route('GET /mlflow/experiments/get', byId, async ({ experiment_id }, { tracking }) => ({
    experiment: writeExperiment(await tracking.getExperiment(experiment_id)),
  })),
  route(
    'GET /mlflow/experiments/get-by-name',
    message({ experiment_name: required(text) }),
    async ({ experiment_name }, { tracking }) => {
      const found = await tracking.findExperiment(experiment_name);
      if (found !== null) return { experiment: writeExperiment(found) };
      throw new PlatformError('TRACKING_UNKNOWN', {
        message: `Could not find experiment with name '${experiment_name}'`,
      });
    },
  ),
  ...(['POST', 'GET'] as const).map((method) =>
    route(`${method} /mlflow/experiments/search`, search, async (fields, { tracking }) => {
      const page = await tracking.searchExperiments({
        // The wire has no absent number: without one the limit is 0, which is refused.
        limit: fields.max_results ?? 0,
        filter: fields.filter,
        orderBy: fields.order_by,
        pageToken: fields.page_token,
        view: viewOf(fields.view_type),
      });
      return {
        ...(page.items.length === 0 ? {} : { experiments: page.items.map(writeExperiment) }),
        ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
      };
    }),
  ),
  route(
    'POST /mlflow/experiments/search-datasets',
    message({ experiment_ids: list(text) }),
    async ({ experiment_ids: ids }, { tracking }) => {
      if (ids.length === 0) throw badValue('SearchDatasets request must specify at least one experiment_id.');
      if (ids.length > datasetExperiments)
        throw badValue(
          `SearchDatasets request cannot specify more than ${datasetExperiments} experiment_ids. Received ${ids.length} experiment_ids.`,
        );
      const found = await tracking.datasetSummaries(ids, datasetLimit);
      return {
        ...(found.length === 0 ? {} : { dataset_summaries: found.map(writeSummary) }),
      };
    },
  ),
  route('POST /mlflow/experiments/delete', byId, async ({ experiment_id }, { tracking }) => {
    await tracking.deleteExperiment(experiment_id);
    return {};
  }),
  route('POST /mlflow/experiments/restore', byId, async ({ experiment_id }, { tracking }) => {
    await tracking.restoreExperiment(experiment_id);
    return {};
  }),
  route(
    'POST /mlflow/experiments/update',
    message({ experiment_id: required(text), new_name: required(text) }),
    async ({ experiment_id, new_name }, { tracking }) => {
      await tracking.renameExperiment(experiment_id, new_name);
      return {};
    },
  ),
  route(
    'POST /mlflow/experiments/set-experiment-tag',
    message({ experiment_id: required(text), key: required(text), value: text }),
    async ({ experiment_id, key, value }, { tracking }) => {
      await tracking.setExperimentTag(experiment_id, { key, value: value ?? '' });
      return {};
    },
  ),
  route(
    'POST /mlflow/experiments/delete-experiment-tag',
    message({ experiment_id: required(text), key: required(text) }),
    async ({ experiment_id, key }, { tracking }) => {
      await tracking.deleteExperimentTag(experiment_id, key);
      return {};
    },
  ),
];

/** An experiment on the wire. */
export function writeExperiment(experiment: Experiment): object {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycle,
    creation_time: experiment.createdAtMs,
    last_update_time: experiment.updatedAtMs,
    ...(experiment.tags.length === 0 ? {} : { tags: experiment.tags }),
  };
}

function writeSummary({ experimentId, name, digest, context }: DatasetSummary): object {
  return { experiment_id: experimentId, name, digest, ...(context === null ? {} : { context }) };
}
