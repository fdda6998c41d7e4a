import type { ArtifactView, ColumnStatistics, PartView, StepView } from '../../exports/index.ts';
import { lastAttempts, readJsonOutput } from '../records.ts';
import type { RunSources } from './run-sources.ts';

interface StatisticsShape {
  readonly parts?: Readonly<
    Record<
      string,
      {
        readonly columns: readonly {
          readonly name: string;
          readonly missingCount: number;
          readonly distinctCount: number;
          readonly numbers: {
            readonly min: number | null;
            readonly max: number | null;
            readonly mean: number | null;
            readonly standardDeviation: number | null;
          } | null;
        }[];
      }
    >
  >;
}

/** The parts that splitting left; where nothing was split, the tables of ingestion. */
export async function viewParts(sources: RunSources, steps: readonly StepView[]): Promise<PartView[]> {
  const statistics = await readStatistics(sources);
  const isData = ({ type }: ArtifactView): boolean => type === 'Dataset' || type === 'SealedDataset';
  const of = (stage: string): ArtifactView[] => {
    // The folds of a part are none themselves.
    const last = steps.findLast((step) => step.name === stage);
    return (last?.outputs ?? []).filter(isData);
  };
  const split = of('splitting');
  return (split.length > 0 ? split : of('ingestion')).map((artifact) => ({
    name: artifact.port,
    isSealed: artifact.type === 'SealedDataset',
    artifact: {
      ...artifact,
      statistics: artifact.type === 'SealedDataset' ? [] : (statistics.get(artifact.port) ?? []),
    },
  }));
}

async function readStatistics({ record, recorded }: RunSources): Promise<Map<string, readonly ColumnStatistics[]>> {
  const analysis = [...lastAttempts(recorded).values()].find(({ execution }) => execution.kind === 'analysis');
  const read = await readJsonOutput<StatisticsShape>(record, analysis, 'statistics').catch(() => null);
  return new Map(
    Object.entries(read?.parts ?? {}).map(([part, { columns }]) => [
      part,
      columns.map(({ name, missingCount, distinctCount, numbers }) => ({
        name,
        missingCount,
        distinctCount,
        min: numbers?.min ?? null,
        max: numbers?.max ?? null,
        mean: numbers?.mean ?? null,
        standardDeviation: numbers?.standardDeviation ?? null,
      })),
    ]),
  );
}
