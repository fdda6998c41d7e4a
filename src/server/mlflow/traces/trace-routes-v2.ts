/* Endpoints of traces in the form of MLflow 2, which clients before 3 call and later ones where they know no better. */
import { integer, list, message, missing, oneOf, required, text } from '../message.ts';
import { type Route, route } from '../route.ts';
import { checkedMs } from './instants.ts';
import { traceStatuses, writeInfoV2 } from './trace-message.ts';

const defaultPage = 100;
const byId = { request_id: required(text) };
const pair = message({ key: required(text), value: text });
const texts = { request_metadata: list(pair), tags: list(pair) };

/** Endpoints of MLflow 2. */
export const traceRoutesV2: readonly Route[] = [
  route(
    'POST /mlflow/traces',
    message({ experiment_id: text, timestamp_ms: integer, ...texts }),
    async (fields, { traces }) => ({
      trace_info: writeInfoV2(
        await traces.startWithoutId({
          experimentId: fields.experiment_id ?? '',
          startedAtMs: checkedMs(fields.timestamp_ms ?? 0, 'timestamp_ms'),
          metadata: fields.request_metadata.map(filled),
          tags: fields.tags.map(filled),
        }),
      ),
    }),
  ),
  route(
    'PATCH /mlflow/traces/{request_id}',
    message({ ...byId, timestamp_ms: integer, status: oneOf(traceStatuses, 0), ...texts }),
    async (fields, { traces }) => {
      const { status = 'TRACE_STATUS_UNSPECIFIED' } = fields;
      const info = await traces.end(fields.request_id, {
        endedAtMs: checkedMs(fields.timestamp_ms ?? 0, 'timestamp_ms'),
        state: status === 'TRACE_STATUS_UNSPECIFIED' ? 'STATE_UNSPECIFIED' : status,
        metadata: fields.request_metadata.map(filled),
        tags: fields.tags.map(filled),
      });
      return { trace_info: writeInfoV2(info) };
    },
  ),
  route('GET /mlflow/traces/{request_id}/info', message(byId), async ({ request_id }, { traces }) => ({
    trace_info: writeInfoV2(await traces.getInfo(request_id)),
  })),
  route(
    'GET /mlflow/traces',
    message({
      ...{ experiment_ids: list(text), filter: text, max_results: integer },
      ...{ order_by: list(text), page_token: text },
    }),
    async (fields, { traces }) => {
      if (fields.experiment_ids.length === 0) throw missing('experiment_ids');
      const { items, nextPageToken } = await traces.search({
        ...{ experimentIds: fields.experiment_ids, filter: fields.filter, orderBy: fields.order_by },
        ...{ limit: fields.max_results ?? defaultPage, pageToken: fields.page_token },
      });
      return {
        ...(items.length === 0 ? {} : { traces: items.map(writeInfoV2) }),
        ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
      };
    },
  ),
];

function filled({ key, value }: { readonly key: string; readonly value: string | undefined }) {
  return { key, value: value ?? '' };
}
