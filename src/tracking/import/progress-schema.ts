import type { SchemaOwner } from '../../database/index.ts';

/** How far the files of a run were taken over. Goes with the run, so that what was deleted for good can be taken over again. */
export const importProgressSchema: SchemaOwner = {
  component: 'import-progress',
  migrations: [
    {
      version: 1,
      statements: [
        `create table import_positions (
          run bigint not null references tracked_runs (id) on delete cascade, source text not null,
          place bigint not null, mark text not null, primary key (run, source))`,
      ],
    },
  ],
};
