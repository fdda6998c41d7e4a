/* Endpoints of traces in the form of MLflow 3. */
import { setTimeout as pause } from 'node:timers/promises';
import { PlatformError } from '../../../errors/index.ts';
import type { Trace, TraceStore } from '../../../tracking/index.ts';
import { badValue, boolean, int64, integer, list, message, missing, required, text } from '../message.ts';
import { type Route, route } from '../route.ts';
import { correlationOf } from './correlation.ts';
import { metricsRoute } from './metrics-route.ts';
import { locationMessage, newTraceOf, traceMessage, writeInfo, writeTrace } from './trace-message.ts';

const defaultPage = 100;
/** Spans may still be on their way when a trace is asked for: how long they are waited for, as MLflow does. */
const waitsMs = [1000, 2000];
const byId = { trace_id: required(text) };
const tagFields = { key: required(text), value: text };

/** Fields of a deletion, in both forms. */
const deletion = message({
  experiment_id: required(text),
  max_timestamp_millis: int64,
  max_traces: integer,
  request_ids: list(text),
});

/** Endpoints that both versions of the API have, each in its own words for a trace's id. */
function sharedRoutes(version: '' | '3 ', id: 'trace_id' | 'request_id'): readonly Route[] {
  const tagged = message({ [id]: required(text), ...tagFields });
  const idOf = (fields: object) => (fields as Record<string, string>)[id]!;
  return [
    route(`PATCH ${version}/mlflow/traces/{${id}}/tags`, tagged, async (fields, { traces }) => {
      await traces.setTag(idOf(fields), { key: fields.key, value: fields.value ?? '' });
      return {};
    }),
    route(`DELETE ${version}/mlflow/traces/{${id}}/tags`, tagged, async (fields, { traces }) => {
      await traces.deleteTag(idOf(fields), fields.key);
      return {};
    }),
    route(`POST ${version}/mlflow/traces/delete-traces`, deletion, async (fields, { traces }) => {
      const count = await traces.remove({
        experimentId: fields.experiment_id,
        traceIds: fields.request_ids,
        startedUpToMs: fields.max_timestamp_millis ?? null,
        limit: fields.max_traces ?? null,
      });
      return { traces_deleted: count };
    }),
  ];
}

/** Endpoints of traces. */
export const traceRoutes: readonly Route[] = [
  ...sharedRoutes('3 ', 'trace_id'),
  ...sharedRoutes('', 'request_id'),
  route('POST 3 /mlflow/traces', message({ trace: required(traceMessage) }), async ({ trace }, { traces }) => {
    if (trace.trace_info === undefined) throw missing('trace.trace_info');
    return { trace: { trace_info: writeInfo(await traces.start(newTraceOf(trace.trace_info))) } };
  }),
  route('GET 3 /mlflow/traces/{trace_id}', message(byId), async ({ trace_id }, { traces }) => ({
    trace: { trace_info: writeInfo(await traces.getInfo(trace_id)) },
  })),
  route(
    'GET 3 /mlflow/traces/get',
    message({ ...byId, allow_partial: boolean }),
    async ({ trace_id, allow_partial }, { traces }) => {
      const trace = allow_partial === true ? await traces.get(trace_id) : await whole(traces, trace_id);
      return { trace: writeTrace(trace) };
    },
  ),
  route(
    'GET 3 /mlflow/traces/batchGet',
    message({ trace_ids: required(list(text)), experiment_ids: list(text) }),
    async ({ trace_ids, experiment_ids }, { traces }) => {
      const found = await traces.tracesOf(trace_ids, experiment_ids);
      return found.length === 0 ? {} : { traces: found.map(writeTrace) };
    },
  ),
  route(
    'POST 3 /mlflow/traces/batchGetInfos',
    message({ trace_ids: required(list(text)), experiment_ids: list(text) }),
    async ({ trace_ids, experiment_ids }, { traces }) => {
      const found = await traces.infosOf(trace_ids, experiment_ids);
      return found.length === 0 ? {} : { trace_infos: found.map(writeInfo) };
    },
  ),
  route(
    'POST 3 /mlflow/traces/search',
    message({
      ...{ locations: required(list(locationMessage)), filter: text, max_results: integer },
      ...{ order_by: list(text), page_token: text },
    }),
    async (fields, { traces }) => {
      const ids = fields.locations.flatMap((one) => one.mlflow_experiment?.experiment_id ?? []);
      const { items, nextPageToken } = await traces.search({
        experimentIds: ids,
        ...{ filter: fields.filter, orderBy: fields.order_by },
        ...{ limit: fields.max_results ?? defaultPage, pageToken: fields.page_token },
      });
      return {
        ...(items.length === 0 ? {} : { traces: items.map(writeInfo) }),
        ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
      };
    },
  ),
  route(
    'POST 3 /mlflow/traces/calculate-filter-correlation',
    message({
      experiment_ids: required(list(text)),
      ...{ filter_string1: required(text), filter_string2: required(text), base_filter: text },
    }),
    async (fields, { traces }) => {
      const counts = await traces.compare({
        experimentIds: fields.experiment_ids,
        ...{ first: fields.filter_string1, second: fields.filter_string2, base: fields.base_filter },
      });
      return correlationOf(counts);
    },
  ),
  metricsRoute,
  route(
    'POST /mlflow/traces/link-to-run',
    message({ trace_ids: required(list(text)), run_id: required(text) }),
    async ({ trace_ids, run_id }, { traces }) => {
      if (trace_ids.length > 0) await traces.linkToRun(trace_ids, run_id);
      return {};
    },
  ),
  route(
    'POST /mlflow/traces/link-prompts',
    message({ ...byId, prompt_versions: required(list(message({ name: required(text), version: required(text) }))) }),
    async ({ trace_id, prompt_versions }, { traces }) => {
      const prompts = prompt_versions.map(({ name, version }) => `${name}/${checkedVersion(version)}`);
      await traces.linkPrompts(trace_id, prompts);
      return {};
    },
  ),
];

function checkedVersion(version: string): string {
  if (/^\s*\+?\d{1,15}\s*$/.test(version)) return String(Number(version));
  throw badValue(
    `Invalid value ${JSON.stringify(version.slice(0, 60))} for parameter 'prompt_versions.version' supplied: expected a whole number.`,
  );
}

async function whole(traces: TraceStore, traceId: string): Promise<Trace> {
  for (const waitMs of [...waitsMs, null]) {
    const trace = await traces.get(traceId);
    if (!trace.isPartial) return trace;
    if (waitMs !== null) await pause(waitMs);
  }
  throw new PlatformError('TRACKING_UNKNOWN', {
    message: `Trace with ID ${traceId} is not fully exported yet, please try again later.`,
  });
}
