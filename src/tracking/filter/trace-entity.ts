const started = { sql: 't.started_at_ms', type: 'integer' } as const;
const duration = { sql: 't.duration_ms', type: 'integer' } as const;
const ended = { sql: '(t.started_at_ms + coalesce(t.duration_ms, 0))', type: 'integer' } as const;
const id = { sql: 't.trace_id', type: 'text' } as const;

function linked(table: string, column: string) {
  const first = `(select min(k.${column}) from ${table} k where k.trace_id = t.trace_id)`;
  return { sql: first, type: 'text', link: { table, column } } as const;
}

/** Traces, with their spans and what is said of them. */
export const traceEntity = {
  name: 'traces',
  alias: 't',
  noun: 'traces',
  attributes: {
    request_id: id,
    trace_id: id,
    timestamp: started,
    timestamp_ms: started,
    execution_time: duration,
    execution_time_ms: duration,
    end_time: ended,
    end_time_ms: ended,
    status: { sql: 't.state', type: 'text' },
    client_request_id: { sql: 't.client_request_id', type: 'text' },
    experiment_id: { sql: 't.experiment_id', type: 'id' },
    name: {
      sql: "(select k.value from trace_tags k where k.trace_id = t.trace_id and k.key = 'mlflow.traceName')",
      type: 'text',
    },
    run_id: linked('trace_runs', 'run_id'),
    prompt: linked('trace_prompts', 'prompt'),
  },
  families: {
    tag: { table: 'trace_tags', owner: ['trace_id'], of: ['t.trace_id'], value: 'value' },
    metadata: { table: 'trace_metadata', owner: ['trace_id'], of: ['t.trace_id'], value: 'value' },
  },
  hasDatasets: false,
  takesBareValues: false,
  repeatedOrder: 'refused',
  promptTags: null,
} as const;
