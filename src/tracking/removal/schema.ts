import type { SchemaOwner } from '../../database/index.ts';

/**
 * What the removal of deleted things has to remember: folders, into which an upload under way may still put something, and
 * ids of experiments, which are never given again. The indexes find what is deleted without a look at what is not.
 */
export const removalSchema: SchemaOwner = {
  component: 'tracking-removal',
  migrations: [
    {
      version: 1,
      statements: [
        'create table removed_folders (folder text primary key, removed_at_ms bigint not null)',
        'create table removed_experiments (experiment_id bigint primary key, removed_at_ms bigint not null)',
        "create index tracked_runs_deleted on tracked_runs (lifecycle, deleted_at_ms) where lifecycle <> 'active'",
        "create index logged_models_deleted on logged_models (updated_at_ms) where lifecycle <> 'active'",
        'create index run_datasets_by_dataset on run_datasets (dataset)',
      ],
    },
  ],
};
