/**
 * The index of texts, and what has to be brought up to date in it. Triggers note what changed, in the transaction of the
 * change: what is rolled back is not noted, and nobody who writes has to know of the index. Notes are carried into the index
 * in their order. On SQLite a note is there once; on PostgreSQL notes are only added, so that two writers never wait for each other.
 */
import type { MigrationStatement, SchemaOwner } from '../database/index.ts';

/** A table whose rows say something about a thing. `SIDE` in `refs` is the row before or after a change. */
interface Told {
  readonly table: string;
  /** More than one trigger of a table have different names. */
  readonly name?: string;
  readonly kind: string;
  /** Selects the things that the row speaks of, as `ref`. */
  readonly refs: string;
  /** A change of its rows that says nothing new is left out. */
  readonly events: readonly ('insert' | 'update' | 'delete')[];
  /** SQLite: only where one of these changes. */
  readonly columns?: readonly string[];
}

const all = ['insert', 'update', 'delete'] as const;
const column = (name: string): string => `select SIDE.${name} as ref`;
const runNamed = (name: string): string => `select id as ref from tracked_runs where run_id = SIDE.${name}`;

/** Which files among the artifacts are reports, by the ends of their names. */
const reportEnds = ['.md', '.markdown', '.html', '.htm', '.rst', 'report.txt', 'summary.txt', 'notes.txt'];
const isReport = (path: string): string => reportEnds.map((end) => `lower(${path}) like '%${end}'`).join(' or ');

const told: readonly Told[] = [
  { table: 'experiments', kind: 'experiment', refs: column('id'), events: all, columns: ['name', 'lifecycle'] },
  {
    ...{ table: 'experiments', name: 'experiments_models', kind: 'logged-model', events: ['update'] },
    ...{ refs: 'select model_id as ref from logged_models where experiment_id = SIDE.id', columns: ['lifecycle'] },
  },
  { table: 'experiment_tags', kind: 'experiment', refs: column('experiment_id'), events: all },
  { table: 'tracked_runs', kind: 'run', refs: column('id'), events: all, columns: ['name', 'lifecycle', 'run_id'] },
  { table: 'run_tags', kind: 'run', refs: column('run'), events: all },
  { table: 'run_params', kind: 'run', refs: column('run'), events: all },
  { table: 'metric_series', kind: 'run', refs: column('run'), events: ['insert'] },
  { table: 'run_datasets', kind: 'run', refs: column('run'), events: ['insert'] },
  { table: 'run_dataset_tags', kind: 'run', refs: column('run'), events: all },
  { table: 'registered_models', kind: 'model', refs: column('name'), events: all, columns: ['name', 'description'] },
  { table: 'registered_model_tags', kind: 'model', refs: column('model'), events: all },
  { table: 'model_versions', kind: 'model', refs: column('model'), events: all },
  { table: 'model_version_tags', kind: 'model', refs: column('model'), events: all },
  { table: 'model_aliases', kind: 'model', refs: column('model'), events: all },
  { table: 'logged_models', kind: 'logged-model', refs: column('model_id'), events: all, columns: ['lifecycle'] },
  {
    ...{ table: 'logged_models', name: 'logged_models_runs', kind: 'run', refs: runNamed('source_run_id') },
    ...{ events: all, columns: ['lifecycle'] },
  },
  { table: 'logged_model_params', kind: 'logged-model', refs: column('model_id'), events: all },
  { table: 'logged_model_tags', kind: 'logged-model', refs: column('model_id'), events: all },
  { table: 'logged_model_metrics', kind: 'logged-model', refs: column('model_id'), events: ['insert'] },
  {
    ...{ table: 'artifact_paths', kind: 'path', events: all },
    refs: `select SIDE.path as ref where ${isReport('SIDE.path')}`,
  },
  {
    ...{ table: 'mirrored_runs', kind: 'record', events: ['insert', 'update'] },
    refs: "select SIDE.source as ref where SIDE.state = 'ended'",
  },
];

function sidesOf(event: Told['events'][number]): readonly ('new' | 'old')[] {
  return event === 'update' ? ['new', 'old'] : [event === 'delete' ? 'old' : 'new'];
}

function nameOf({ table, name = table }: Told, event: string): string {
  return `search_${name}_${event}`;
}

function sqliteTriggers(one: Told): string[] {
  const { table, kind, refs, columns } = one;
  return one.events.flatMap((event) => {
    const of = event === 'update' && columns !== undefined ? ` of ${columns.join(', ')}` : '';
    const notes = sidesOf(event).map(
      (side) => `insert into search_pending (kind, ref)
        select '${kind}', cast(ref as text) from (${refs.replaceAll('SIDE', side)}) as noted
        where not exists (select 1 from search_pending p where p.kind = '${kind}' and p.ref = cast(noted.ref as text));`,
    );
    const name = nameOf(one, event);
    return [
      `drop trigger if exists ${name}`,
      `create trigger ${name} after ${event}${of} on ${table} begin ${notes.join(' ')} end`,
    ];
  });
}

function postgresTriggers(one: Told): string[] {
  const { table, kind, refs } = one;
  return one.events.flatMap((event) => {
    const name = nameOf(one, event);
    const notes = sidesOf(event).map(
      (side) => `insert into search_pending (kind, ref) select distinct '${kind}', noted.ref::text
        from ${side}_rows as changed, lateral (${refs.replaceAll('SIDE', 'changed')}) as noted;`,
    );
    return [
      `drop trigger if exists ${name} on ${table}`,
      `drop function if exists ${name}()`,
      `create function ${name}() returns trigger language plpgsql as $$ begin ${notes.join(' ')} return null; end $$`,
      `create trigger ${name} after ${event} on ${table}
        referencing ${sidesOf(event)
          .map((side) => `${side} table as ${side}_rows`)
          .join(' ')}
        for each statement execute function ${name}()`,
    ];
  });
}

/** A statement for one of the databases; the other one does nothing. */
function only(kind: 'sqlite' | 'postgres', statement: string): MigrationStatement {
  const nothing = 'select 1';
  return kind === 'sqlite' ? { sqlite: statement, postgres: nothing } : { sqlite: nothing, postgres: statement };
}

/** Everything that is there, in the order in which it was made: of equal matches the newest come first. */
const things = [
  "insert into search_pending (kind, ref) select 'experiment', cast(id as text) from experiments order by id",
  "insert into search_pending (kind, ref) select 'model', name from registered_models order by created_at_ms, name",
  `insert into search_pending (kind, ref)
    select 'logged-model', model_id from logged_models order by created_at_ms, model_id`,
  "insert into search_pending (kind, ref) select 'run', cast(id as text) from tracked_runs order by id",
  "insert into search_pending (kind, ref) select 'record', source from mirrored_runs where state = 'ended'",
  `insert into search_pending (kind, ref) select 'path', path from artifact_paths where ${isReport('path')}`,
];

const tables = ['search_words', 'search_documents', 'search_pending'];

/** The tables of the index. */
export const searchSchema: SchemaOwner = {
  component: 'search',
  migrations: [
    // What the first version made is made again by the second one.
    { version: 1, statements: [] },
    {
      version: 2,
      statements: [
        ...tables.map((name) => `drop table if exists ${name}`),
        {
          sqlite:
            'create table search_pending (seq integer primary key, kind text not null, ref text not null, unique (kind, ref))',
          postgres: `create table search_pending (
            seq bigint generated by default as identity primary key, kind text not null, ref text not null)`,
        },
        "create index search_pending_reports on search_pending (seq) where kind in ('path', 'record')",
        {
          sqlite: `create table search_documents (
            id integer primary key, kind text not null, ref text not null, key text not null, experiment_id bigint,
            title text not null, body text not null, is_cut bigint not null, unique (kind, ref))`,
          postgres: `create table search_documents (
            id bigint generated by default as identity primary key, kind text not null, ref text not null,
            key text not null, experiment_id bigint, title text not null, body text not null, is_cut bigint not null,
            words tsvector not null, unique (kind, ref))`,
        },
        only(
          'sqlite',
          "create virtual table search_words using fts5(words, content='', contentless_delete=1, tokenize='ascii')",
        ),
        only('postgres', 'create index search_documents_words on search_documents using gin (words)'),
        // Texts of reports, by where they come from.
        `create table search_reports (
          source text not null, name text not null, kind text not null, ref text not null, text text not null,
          primary key (source, name))`,
        'create index search_reports_by_thing on search_reports (kind, ref)',
        {
          sqlite: 'create table search_vocabulary (word text primary key) without rowid',
          postgres: 'create table search_vocabulary (word text collate "C" primary key)',
        },
        ...told.flatMap((one) => [
          ...sqliteTriggers(one).map((statement) => only('sqlite', statement)),
          ...postgresTriggers(one).map((statement) => only('postgres', statement)),
        ]),
        ...things,
      ],
    },
  ],
};
