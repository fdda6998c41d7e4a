/** What the index says of things: their texts, a line for each. */
import type { Session } from '../database/index.ts';

/** What can be found. */
export const searchKinds = ['run', 'experiment', 'model'] as const;
/** One of them. */
export type SearchKind = (typeof searchKinds)[number];

/** The texts of a thing. */
export interface SearchDocument {
  readonly ref: string;
  /** What clients name it by. */
  readonly key: string;
  readonly experimentId: number | null;
  readonly title: string;
  /** Lines, each a fact: `param lr: 0.1`. */
  readonly lines: readonly string[];
}

type Row = Readonly<Record<string, string | number | null>>;

/** Tags that repeat what stands elsewhere, or hold documents for programs. */
const machineTags = new Set(['mlflow.runName', 'mlflow.log-model.history', 'mlflow.loggedArtifacts']);
const noteTag = 'mlflow.note.content';

/** The texts of things of a kind that are there and not deleted. */
export async function readDocuments(
  session: Session,
  kind: SearchKind,
  refs: readonly string[],
): Promise<SearchDocument[]> {
  if (refs.length === 0) return [];
  const { main, facts } = sources[kind];
  const ids = kind === 'model' ? refs : refs.map(Number);
  const places = `(${ids.map(() => '?').join(', ')})`;
  const lines = new Map<string, string[]>(refs.map((ref) => [ref, []]));
  for (const { sql, line } of facts)
    for (const row of await session.all<Row>(`${sql} in ${places}`, ids)) {
      const text = line(row);
      if (text !== null) lines.get(String(row['ref']))?.push(text);
    }
  const rows = await session.all<Row>(`${main} in ${places}`, ids);
  return rows.map((row) => ({
    ref: String(row['ref']),
    key: String(row['key']),
    experimentId: row['experiment_id'] === null ? null : Number(row['experiment_id']),
    title: String(row['title']),
    lines: [...(row['text'] ? [String(row['text'])] : []), ...lines.get(String(row['ref']))!.sort()],
  }));
}

interface Source {
  /** Up to the column that is compared with the refs. */
  readonly main: string;
  readonly facts: readonly { readonly sql: string; readonly line: (row: Row) => string | null }[];
}

function tagLine({ key, value }: Row): string | null {
  if (machineTags.has(String(key))) return null;
  return key === noteTag ? `note: ${value}` : `tag ${key}: ${value}`;
}

const sources: Readonly<Record<SearchKind, Source>> = {
  run: {
    main: `select r.id as ref, r.run_id as key, r.experiment_id, r.name as title, 'run ' || r.run_id as text
      from tracked_runs r where r.lifecycle = 'active' and r.id`,
    facts: [
      {
        sql: 'select run as ref, key, value from run_params where run',
        line: (row) => `param ${row['key']}: ${row['value']}`,
      },
      { sql: 'select run as ref, key, value from run_tags where run', line: tagLine },
      { sql: 'select run as ref, key from metric_series where run', line: (row) => `metric ${row['key']}` },
      {
        sql: 'select u.run as ref, d.name as key, d.digest as value from run_datasets u join datasets d on d.id = u.dataset where u.run',
        line: (row) => `dataset ${row['key']}: ${row['value']}`,
      },
    ],
  },
  experiment: {
    main: `select e.id as ref, e.id as key, e.id as experiment_id, e.name as title, '' as text
      from experiments e where e.lifecycle = 'active' and e.id`,
    facts: [{ sql: 'select experiment_id as ref, key, value from experiment_tags where experiment_id', line: tagLine }],
  },
  model: {
    main: `select m.name as ref, m.name as key, cast(null as bigint) as experiment_id, m.name as title,
      case when m.description = '' then '' else 'description: ' || m.description end as text
      from registered_models m where m.name`,
    facts: [
      { sql: 'select model as ref, key, value from registered_model_tags where model', line: tagLine },
      {
        sql: `select model as ref, ordinal, major || '.' || minor || '.' || pipeline as number, description
          from model_versions where deleted_at_ms is null and model`,
        line: (row) =>
          `version ${row['ordinal']}, ${row['number']}${row['description'] ? `: ${row['description']}` : ''}`,
      },
      {
        sql: 'select model as ref, ordinal, key, value from model_version_tags where model',
        line: (row) =>
          row['key'] === 'mlspec.version' ? null : `tag of version ${row['ordinal']}, ${row['key']}: ${row['value']}`,
      },
      {
        sql: 'select model as ref, ordinal, alias from model_aliases where model',
        line: (row) => `alias ${row['alias']} of version ${row['ordinal']}`,
      },
    ],
  },
};
