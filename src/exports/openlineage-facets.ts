/** Facets of OpenLineage: what events say of datasets beside their names. */
import type { ArtifactView } from './run-view.ts';

/** Facets by name, or the members of one. */
export type Facets = Readonly<Record<string, unknown>>;

/**
 * A facet.
 * @param schema the version and name of one of the standard's (`1-0-1/SQLJobFacet`), or a whole address
 */
export function facet(producer: string, schema: string, members: Facets): Facets {
  const name = schema.split('/').at(-1)!;
  const isStandard = !schema.startsWith('urn:');
  return {
    _producer: producer,
    _schemaURL: isStandard ? `https://openlineage.io/spec/facets/${schema}.json#/$defs/${name}` : schema,
    ...members,
  };
}

/** What holds of content wherever it appears. */
export function datasetFacets(of: string, { columns, type, digest }: ArtifactView): Facets {
  return {
    version: facet(of, '1-0-1/DatasetVersionDatasetFacet', { datasetVersion: digest }),
    datasetType: facet(of, '1-0-1/DatasetTypeDatasetFacet', { datasetType: kindOf(type), subType: type }),
    ...(columns.length === 0
      ? {}
      : {
          schema: facet(of, '1-2-0/SchemaDatasetFacet', {
            fields: columns.map(({ name, type: column }) => ({ name, type: column })),
          }),
        }),
  };
}

/** What was read. */
export function inputFacets(of: string, { rowCount, sizeBytes, statistics }: ArtifactView): Facets {
  if (rowCount === null && statistics.length === 0) return {};
  return {
    dataQualityMetrics: facet(of, '1-0-3/DataQualityMetricsInputDatasetFacet', {
      ...(rowCount === null ? {} : { rowCount }),
      bytes: sizeBytes,
      columnMetrics: Object.fromEntries(
        statistics.map(({ name, missingCount, distinctCount, min, max }) => [
          name,
          {
            nullCount: missingCount,
            distinctCount,
            ...(min === null ? {} : { min }),
            ...(max === null ? {} : { max }),
          },
        ]),
      ),
    }),
  };
}

/** What was made. */
export function outputFacets(of: string, { rowCount, sizeBytes }: ArtifactView): Facets {
  return {
    outputStatistics: facet(of, '1-0-2/OutputStatisticsOutputDatasetFacet', {
      ...(rowCount === null ? {} : { rowCount }),
      size: sizeBytes,
    }),
  };
}

function kindOf(type: string): string {
  if (type === 'Dataset' || type === 'SealedDataset') return 'TABLE';
  return type === 'Model' || type === 'Package' ? 'MODEL' : 'JOB_OUTPUT';
}
