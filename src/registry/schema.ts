import type { MigrationStatement, SchemaOwner } from '../database/index.ts';

/** What was decided of an alias. No reference: a decision stays when what it is about is gone. */
const decisionColumns = `kind text not null, model text not null, alias text not null, ordinal bigint,
  approvals bigint, decided_by text not null, counts bigint not null, at_ms bigint not null`;

/** Refuses to change or remove rows of a table, whoever asks the database to. */
function onlyGrows(table: string, what: string): readonly MigrationStatement[] {
  return [
    {
      sqlite: `create trigger ${table}_no_update before update on ${table}
        begin select raise(abort, '${what} are only added'); end`,
      postgres: `create function ${table}_only_grows() returns trigger language plpgsql as
        $$ begin raise exception '${what} are only added'; end $$`,
    },
    {
      sqlite: `create trigger ${table}_no_delete before delete on ${table}
        begin select raise(abort, '${what} are only added'); end`,
      postgres: `create trigger ${table}_no_change before update or delete or truncate on ${table}
        for each statement execute function ${table}_only_grows()`,
    },
  ];
}

/** What was decided of a request to move an alias. */
const requestDecisionColumns = `model text not null, number bigint not null, kind text not null, user_id bigint not null,
  user_name text not null, token text, comment text not null, checks text, at_ms bigint not null`;

/**
 * The tables of registered models. A deleted version keeps its row, without what it said, so that neither its ordinal nor
 * its number is ever given again.
 */
export const registrySchema: SchemaOwner = {
  component: 'registry',
  migrations: [
    {
      version: 1,
      statements: [
        `create table registered_models (
          name text primary key, description text not null, created_at_ms bigint not null,
          updated_at_ms bigint not null)`,
        `create table model_versions (
          model text not null references registered_models (name), ordinal bigint not null, major bigint not null,
          minor bigint not null, pipeline bigint not null, package_digest text not null, artifact_id text not null,
          run_id text not null, signature text not null, properties text not null, created_at_ms bigint not null,
          primary key (model, ordinal), unique (model, major, minor, pipeline), unique (model, package_digest))`,
        'create index model_versions_by_package on model_versions (package_digest)',
        `create table model_aliases (
          model text not null references registered_models (name), alias text not null, ordinal bigint not null,
          updated_at_ms bigint not null, primary key (model, alias))`,
      ],
    },
    {
      version: 2,
      statements: [
        'alter table registered_models add column user_name text',
        `create table registered_model_tags (
          model text not null references registered_models (name) on update cascade on delete cascade,
          key text not null, value text not null, primary key (model, key))`,
        'create index registered_model_tags_by_key on registered_model_tags (key)',
        'drop index model_versions_by_package',
        'alter table model_versions rename to model_versions_before',
        `create table model_versions (
          model text not null references registered_models (name) on update cascade on delete cascade,
          ordinal bigint not null, major bigint not null, minor bigint not null, pipeline bigint not null,
          package_digest text, artifact_id text, run_id text, source text, storage_location text, run_link text,
          model_id text, stage text not null, status text not null, status_message text, description text,
          user_name text, signature text not null, properties text not null, created_at_ms bigint not null,
          updated_at_ms bigint not null, deleted_at_ms bigint,
          primary key (model, ordinal), unique (model, major, minor, pipeline))`,
        `insert into model_versions (model, ordinal, major, minor, pipeline, package_digest, artifact_id, run_id,
          stage, status, signature, properties, created_at_ms, updated_at_ms)
          select model, ordinal, major, minor, pipeline, package_digest, artifact_id, run_id,
          'None', 'READY', signature, properties, created_at_ms, created_at_ms from model_versions_before`,
        'drop table model_versions_before',
        'create index model_versions_by_package on model_versions (package_digest)',
        'create index model_versions_by_update on model_versions (updated_at_ms, model, ordinal)',
        'create index model_versions_by_stage on model_versions (model, stage, ordinal) where deleted_at_ms is null',
        'create index model_versions_by_run on model_versions (run_id)',
        `create table model_version_tags (
          model text not null, ordinal bigint not null, key text not null, value text not null,
          primary key (model, ordinal, key),
          foreign key (model, ordinal) references model_versions (model, ordinal) on update cascade on delete cascade)`,
        'create index model_version_tags_by_key on model_version_tags (key, model, ordinal)',
        `insert into model_version_tags (model, ordinal, key, value)
          select model, ordinal, 'mlspec.version', major || '.' || minor || '.' || pipeline from model_versions`,
        'alter table model_aliases rename to model_aliases_before',
        `create table model_aliases (
          model text not null, alias text not null, ordinal bigint not null, updated_at_ms bigint not null,
          primary key (model, alias),
          foreign key (model, ordinal) references model_versions (model, ordinal) on update cascade on delete cascade)`,
        `insert into model_aliases (model, alias, ordinal, updated_at_ms)
          select model, alias, ordinal, updated_at_ms from model_aliases_before`,
        'drop table model_aliases_before',
      ],
    },
    {
      version: 3,
      statements: [
        // `run_id` is the run as the tracker knows it, by which versions are searched.
        'alter table model_versions add column record_run_id text',
        'update model_versions set record_run_id = run_id where package_digest is not null',
      ],
    },
    {
      version: 4,
      statements: [
        {
          sqlite: `create table alias_decisions (id integer primary key, ${decisionColumns})`,
          postgres: `create table alias_decisions (
            id bigint generated by default as identity primary key, ${decisionColumns})`,
        },
        'create index alias_decisions_by_alias on alias_decisions (model, alias, id)',
        ...['update', 'delete'].map((change) => ({
          sqlite: `create trigger alias_decisions_no_${change} before ${change} on alias_decisions
            begin select raise(abort, 'decisions are only added'); end`,
          postgres: `create rule alias_decisions_no_${change} as on ${change} to alias_decisions do instead nothing`,
        })),
      ],
    },
    {
      version: 5,
      statements: [
        'alter table alias_decisions add column requires text',
        // A request stays, as decisions do, when what it is about is gone.
        `create table alias_requests (
          model text not null, number bigint not null, alias text not null, ordinal bigint not null,
          version text not null, protection bigint not null, content text not null, replaces bigint,
          why text not null, user_id bigint not null, user_name text not null, token text,
          at_ms bigint not null, expires_at_ms bigint not null, primary key (model, number))`,
        'create index alias_requests_by_time on alias_requests (at_ms, model, number)',
        {
          sqlite: `create table alias_request_decisions (id integer primary key, ${requestDecisionColumns})`,
          postgres: `create table alias_request_decisions (
            id bigint generated by default as identity primary key, ${requestDecisionColumns})`,
        },
        'create index alias_request_decisions_by_request on alias_request_decisions (model, number, id)',
        ...onlyGrows('alias_requests', 'requests'),
        ...onlyGrows('alias_request_decisions', 'decisions'),
      ],
    },
  ],
};
