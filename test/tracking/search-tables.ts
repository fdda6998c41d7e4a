import type { Database } from '../../src/database/index.ts';

const tables = [
  'experiments (id bigint primary key, name text unique, artifact_location text, lifecycle text, created_at_ms bigint, updated_at_ms bigint)',
  'experiment_tags (experiment_id bigint, key text, value text, primary key (experiment_id, key))',
  'tracked_runs (id bigint primary key, run_id text unique, experiment_id bigint, name text, user_id text, status text, started_at_ms bigint, ended_at_ms bigint, artifact_uri text, lifecycle text, deleted_at_ms bigint)',
  'run_params (run bigint, key text, value text, primary key (run, key))',
  'run_tags (run bigint, key text, value text, primary key (run, key))',
  'metric_series (id bigint primary key, run bigint, key text, last_step bigint, last_timestamp_ms bigint, last_value double precision, last_is_nan bigint, unique (run, key))',
  'datasets (id bigint primary key, experiment_id bigint, name text, digest text, source_type text, source text, schema text, profile text)',
  'run_datasets (run bigint, dataset bigint, primary key (run, dataset))',
  'run_dataset_tags (run bigint, dataset bigint, key text, value text)',
  'logged_models (model_id text primary key, experiment_id bigint, name text, artifact_uri text, status text, status_message text, model_type text, source_run_id text, created_at_ms bigint, updated_at_ms bigint, lifecycle text)',
  'logged_model_params (model_id text, key text, value text, primary key (model_id, key))',
  'logged_model_tags (model_id text, key text, value text, primary key (model_id, key))',
  'logged_model_metrics (model_id text, key text, timestamp_ms bigint, step bigint, value double precision, is_nan bigint, run_id text, dataset_name text, dataset_digest text)',
  'registered_models (name text primary key, description text, created_at_ms bigint, updated_at_ms bigint)',
  'registered_model_tags (model text, key text, value text, primary key (model, key))',
  'model_versions (model text, ordinal bigint, source text, run_id text, stage text, status text, description text, created_at_ms bigint, updated_at_ms bigint, deleted bigint, primary key (model, ordinal))',
  'model_version_tags (model text, ordinal bigint, key text, value text, primary key (model, ordinal, key))',
];

/** Makes the tables that searches read. */
export async function makeSearchTables(database: Database): Promise<void> {
  for (const table of tables) await database.run(`create table ${table}`);
  await database.run('create index metric_series_values on metric_series (key, last_value)');
}
