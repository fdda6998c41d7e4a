/** Where the texts of things come from: for each kind a query of the things, and queries of what is said of them. */
import type { TextLine } from './text-line.ts';

/** A row of such a query. */
export type Row = Readonly<Record<string, string | number | null>>;

/** What is said of things of a kind. */
export interface Source {
  /** Selects `ref, key, experiment_id, title` of those that are there and not deleted, up to the column that is compared with the refs. */
  readonly main: string;
  /** What the refs are. */
  readonly refs: 'number' | 'text';
  readonly facts: readonly Fact[];
}

/** A query that selects a `ref` and what its line says, up to the column that is compared with the refs. */
export interface Fact {
  readonly sql: string;
  /** Where they are something else than those of the things. */
  readonly refs?: Source['refs'];
  readonly line: (row: Row) => TextLine | readonly TextLine[] | null;
}

/** Tags that repeat what stands elsewhere, or hold documents for programs. */
const machineTags = new Set(['mlflow.runName', 'mlflow.log-model.history', 'mlflow.loggedArtifacts', 'mlspec.version']);
const noteTag = 'mlflow.note.content';
const userTag = 'mlflow.user';

function tagLine({ key, value }: Row): TextLine | null {
  if (machineTags.has(String(key))) return null;
  if (key === noteTag) return { field: 'note', label: 'note', text: String(value) };
  if (key === userTag) return { field: 'user', label: 'user', text: String(value) };
  return { field: 'tag', label: 'tag', text: `${key}: ${value}` };
}

function paramLine({ key, value }: Row): TextLine {
  return { field: 'param', label: 'param', text: `${key}: ${value}` };
}

/** A line of a text that may be missing or empty. */
function lineOf(field: TextLine['field'], label: string): (row: Row) => TextLine | null {
  return ({ value }) => (value === null || value === '' ? null : { field, label, text: String(value) });
}

/** Texts of reports, which were read from the artifacts. A paragraph is a line. */
function reportFact(kind: string): Fact {
  return {
    sql: `select ref, name as key, text as value from search_reports where kind = '${kind}' and ref`,
    refs: 'text',
    line: ({ key, value }) =>
      String(value)
        .split('\n')
        .map((text) => ({ field: 'report', label: `report ${key}`, text })),
  };
}

const run: Source = {
  refs: 'number',
  main: `select r.id as ref, r.run_id as key, r.experiment_id, r.name as title
    from tracked_runs r where r.lifecycle = 'active' and r.id`,
  facts: [
    { sql: 'select id as ref, run_id as value from tracked_runs where id', line: lineOf('id', 'run') },
    { sql: 'select id as ref, user_id as value from tracked_runs where id', line: lineOf('user', 'user') },
    { sql: 'select run as ref, key, value from run_params where run', line: paramLine },
    { sql: 'select run as ref, key, value from run_tags where run', line: tagLine },
    { sql: 'select run as ref, key as value from metric_series where run', line: lineOf('metric', 'metric') },
    {
      sql: `select u.run as ref, d.name || ': ' || d.digest || coalesce(
          (select ', ' || t.value from run_dataset_tags t
            where t.run = u.run and t.dataset = u.dataset and t.key = 'mlflow.data.context'), '') as value
        from run_datasets u join datasets d on d.id = u.dataset where u.run`,
      line: lineOf('dataset', 'dataset'),
    },
    {
      // Of the same experiment only: who may read the run may read them.
      sql: `select r.id as ref, l.name as value from tracked_runs r
        join logged_models l on l.source_run_id = r.run_id and l.experiment_id = r.experiment_id
        where l.lifecycle = 'active' and r.id`,
      line: lineOf('model', 'model'),
    },
    reportFact('run'),
  ],
};

const experiment: Source = {
  refs: 'number',
  main: `select e.id as ref, e.id as key, e.id as experiment_id, e.name as title
    from experiments e where e.lifecycle = 'active' and e.id`,
  facts: [{ sql: 'select experiment_id as ref, key, value from experiment_tags where experiment_id', line: tagLine }],
};

const model: Source = {
  refs: 'text',
  main: `select m.name as ref, m.name as key, cast(null as bigint) as experiment_id, m.name as title
    from registered_models m where m.name`,
  facts: [
    { sql: 'select name as ref, name as value from registered_models where name', line: lineOf('model', 'model') },
    {
      sql: 'select name as ref, description as value from registered_models where name',
      line: lineOf('note', 'description'),
    },
    {
      sql: 'select name as ref, user_name as value from registered_models where name',
      line: lineOf('user', 'user'),
    },
    { sql: 'select model as ref, key, value from registered_model_tags where model', line: tagLine },
    {
      sql: `select model as ref, 'version ' || ordinal || ', ' || major || '.' || minor || '.' || pipeline as value
        from model_versions where deleted_at_ms is null and model`,
      line: lineOf('model', 'model'),
    },
    {
      sql: `select model as ref, ordinal as key, description as value
        from model_versions where deleted_at_ms is null and model`,
      line: (row) => lineOf('note', `description of version ${row['key']}`)(row),
    },
    {
      sql: 'select model as ref, user_name as value from model_versions where deleted_at_ms is null and model',
      line: lineOf('user', 'user'),
    },
    {
      sql: 'select model as ref, ordinal, key, value from model_version_tags where model',
      line: (row) => {
        const line = tagLine(row);
        return line && { ...line, label: `${line.label} of version ${row['ordinal']}` };
      },
    },
    {
      sql: "select model as ref, alias || ' of version ' || ordinal as value from model_aliases where model",
      line: lineOf('alias', 'alias'),
    },
  ],
};

const loggedModel: Source = {
  refs: 'text',
  main: `select l.model_id as ref, l.model_id as key, l.experiment_id, l.name as title
    from logged_models l join experiments e on e.id = l.experiment_id
    where l.lifecycle = 'active' and e.lifecycle = 'active' and l.model_id`,
  facts: [
    { sql: 'select model_id as ref, model_id as value from logged_models where model_id', line: lineOf('id', 'model') },
    { sql: 'select model_id as ref, name as value from logged_models where model_id', line: lineOf('model', 'model') },
    {
      sql: 'select model_id as ref, model_type as value from logged_models where model_id',
      line: lineOf('model', 'model type'),
    },
    { sql: 'select model_id as ref, key, value from logged_model_params where model_id', line: paramLine },
    { sql: 'select model_id as ref, key, value from logged_model_tags where model_id', line: tagLine },
    {
      sql: 'select distinct model_id as ref, key as value from logged_model_metrics where model_id',
      line: lineOf('metric', 'metric'),
    },
    {
      sql: 'select distinct model_id as ref, dataset_name as value from logged_model_metrics where model_id',
      line: lineOf('dataset', 'dataset'),
    },
    reportFact('logged-model'),
  ],
};

/** By what can be found. */
export const sources = { run, experiment, model, 'logged-model': loggedModel } as const satisfies Record<
  string,
  Source
>;
