import type { SchemaOwner } from '../database/index.ts';

/** The tables of the record. JSON is text; times are milliseconds; a metric's NaN is NULL. */
export const metadataSchema: SchemaOwner = {
  component: 'metadata',
  migrations: [
    {
      version: 1,
      statements: [
        `create table runs (
          id text primary key, name text not null, spec text not null, spec_digest text not null,
          plan_digest text not null, state text not null, git text, params text not null, details text not null,
          started_at_ms bigint not null, ended_at_ms bigint, pid bigint not null, host text not null)`,
        'create index runs_by_start on runs (started_at_ms, id)',
        'create index runs_by_name on runs (name)',
        "create index runs_running on runs (id) where state = 'RUNNING'",
        `create table executions (
          id text primary key, run_id text not null references runs (id), step text not null, kind text not null,
          state text not null, static_key text, cached_from text, attempt bigint not null, params text not null,
          code text not null, environment text, machine text not null, error text, usage text not null,
          small_values text not null, started_at_ms bigint not null, ended_at_ms bigint)`,
        'create index executions_by_run on executions (run_id, started_at_ms)',
        'create index executions_by_step on executions (step, started_at_ms)',
        `create table artifacts (
          id text primary key, type text not null, digest text not null, kind text not null,
          size_bytes bigint not null, state text not null, properties text not null, created_at_ms bigint not null)`,
        'create index artifacts_by_digest on artifacts (digest)',
        `create table events (
          execution_id text not null references executions (id), artifact_id text not null references artifacts (id),
          direction text not null, port text not null, place bigint not null,
          primary key (execution_id, direction, port, place))`,
        'create index events_by_artifact on events (artifact_id, direction)',
        `create table metrics (
          execution_id text not null, name text not null, step bigint not null, value double precision,
          timestamp_ms bigint not null)`,
        'create index metrics_by_execution on metrics (execution_id, name, step)',
        `create table statements (
          execution_id text primary key references executions (id), run_id text not null, digest text not null,
          body text not null)`,
        'create index statements_by_run on statements (run_id)',
        `create table cache_entries (
          static_key text not null, execution_id text not null references executions (id), code_set text not null,
          outputs text not null, small_values text not null, created_at_ms bigint not null,
          primary key (static_key, execution_id))`,
        'create index cache_entries_by_execution on cache_entries (execution_id)',
        `create table contexts (
          id text primary key, type text not null, name text not null, properties text not null,
          created_at_ms bigint not null, unique (type, name))`,
        `create table context_members (
          context_id text not null references contexts (id), member_id text not null,
          primary key (context_id, member_id))`,
        'create index context_members_by_member on context_members (member_id)',
        `create table leases (
          name text primary key, owner text not null, expires_at_ms bigint not null)`,
        'create index leases_by_owner on leases (owner)',
      ],
    },
    {
      // Statements are signed, and a log takes them in: a counter that transactions wait for gives each its place.
      version: 2,
      statements: [
        "alter table statements add column signatures text not null default '[]'",
        'alter table statements add column log_place bigint',
        `create table run_statements (
          digest text primary key, run_id text not null references runs (id), predicate_type text not null,
          body text not null, signatures text not null, log_place bigint not null)`,
        'create index run_statements_by_run on run_statements (run_id)',
        'create table log_entries (place bigint primary key, entry text not null)',
        'create table log_size (id bigint primary key, size bigint not null)',
        'insert into log_size (id, size) values (1, 0)',
      ],
    },
    // What a step found has statements of its own: whose execution they belong to.
    {
      version: 3,
      statements: [
        'alter table run_statements add column execution_id text',
        'create index run_statements_by_execution on run_statements (execution_id)',
      ],
    },
    // Where content was stored: whoever collects it has to look there and nowhere else.
    {
      version: 4,
      statements: ['create table artifact_places (place text primary key, noted_at_ms bigint not null)'],
    },
    // What datasets may be used for: a line a change, the last of a dataset holds.
    {
      version: 5,
      statements: [
        `create table dataset_states (
          id text primary key, dataset text not null, state text not null, reason text not null, set_by text not null,
          set_at_ms bigint not null)`,
        'create index dataset_states_by_dataset on dataset_states (dataset, set_at_ms)',
      ],
    },
  ],
};
