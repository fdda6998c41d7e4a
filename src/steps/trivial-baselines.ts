import { type LearntLabels, type Observations, type TrivialKind, trivialAnswers } from '../metrics/index.ts';
import { parquetSource, type QueryEngine, quoteIdentifier } from '../tables/index.ts';

/** What the trivial baselines say of the rows of observations, as learnt from the training part; by name. */
export async function trivialBaselines(
  engine: QueryEngine,
  source: {
    readonly train: string;
    readonly label: string;
    readonly kinds: Readonly<Record<string, TrivialKind>>;
  },
  observations: Observations,
): Promise<Record<string, Observations>> {
  const kinds = Object.entries(source.kinds);
  if (kinds.length === 0) return {};
  const learnt = await learnLabels(engine, source, observations);
  return Object.fromEntries(
    kinds.flatMap(([name, kind]) => {
      const answers = trivialAnswers(kind, learnt, observations);
      return answers === null ? [] : [[name, answers]];
    }),
  );
}

async function learnLabels(
  engine: QueryEngine,
  source: { readonly train: string; readonly label: string },
  observations: Observations,
): Promise<LearntLabels> {
  const label = quoteIdentifier(source.label);
  const from = parquetSource(source.train);
  if (observations.kind !== 'classes') {
    const number = `CAST(${label} AS DOUBLE)`;
    const [row] = await engine.rows(`SELECT avg(${number}) AS mean, median(${number}) AS median FROM ${from}`);
    return { counts: [], mean: Number(row!['mean'] ?? Number.NaN), median: Number(row!['median'] ?? Number.NaN) };
  }
  const rows = await engine.rows(`SELECT CAST(${label} AS VARCHAR) AS value, count(*) AS n FROM ${from} GROUP BY 1`);
  const counts = observations.classes.map((value) =>
    Number(rows.find((row) => row['value'] === String(value) || row['value'] === textOf(value))?.['n'] ?? 0),
  );
  return { counts, mean: Number.NaN, median: Number.NaN };
}

/** false and true where labels are numbers, and the other way round. */
function textOf(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value === 0 || value === 1) return value === 1 ? 'true' : 'false';
  return String(value);
}
