import { accessCodes } from './catalogue/access.ts';
import { appCodes } from './catalogue/app.ts';
import { artifactsCodes } from './catalogue/artifacts.ts';
import { checkImportersCodes } from './catalogue/check-importers.ts';
import { dataQualityCodes } from './catalogue/data-quality.ts';
import { databaseCodes } from './catalogue/database.ts';
import { encodingCodes } from './catalogue/encoding.ts';
import { environmentsCodes } from './catalogue/environments.ts';
import { metadataCodes } from './catalogue/metadata.ts';
import { metricsCodes } from './catalogue/metrics.ts';
import { modelCiCodes } from './catalogue/model-ci.ts';
import { modelsCodes } from './catalogue/models.ts';
import { pipelineCodes } from './catalogue/pipeline.ts';
import { provenanceCodes } from './catalogue/provenance.ts';
import { registryCodes } from './catalogue/registry.ts';
import { runnersCodes } from './catalogue/runners.ts';
import { servingCodes } from './catalogue/serving.ts';
import { statsCodes } from './catalogue/stats.ts';
import { stepsDataCodes } from './catalogue/steps-data.ts';
import { stepsModelsCodes } from './catalogue/steps-models.ts';
import { tablesCodes } from './catalogue/tables.ts';
import { trackingCodes } from './catalogue/tracking.ts';
import { trackingArtifactsCodes } from './catalogue/tracking-artifacts.ts';
import { transformCodes } from './catalogue/transform.ts';
import type { CatalogueEntry } from './entry.ts';

/** Every error code of the product, by area. The list is closed: an error with another code cannot be made. */
export const catalogue = {
  INTERNAL: {
    kind: 'internal',
    title: 'The program broke one of its own rules.',
    hint: 'This is a bug. Run the command again with --verbose and report what it prints.',
  },
  CANCELED: {
    kind: 'canceled',
    title: 'The work was canceled before it ended.',
    hint: 'Run the command again; finished steps are not repeated.',
  },
  ...accessCodes,
  ...appCodes,
  ...encodingCodes,
  ...pipelineCodes,
  ...artifactsCodes,
  ...databaseCodes,
  ...transformCodes,
  ...metadataCodes,
  ...provenanceCodes,
  ...statsCodes,
  ...tablesCodes,
  ...registryCodes,
  ...runnersCodes,
  ...stepsDataCodes,
  ...environmentsCodes,
  ...stepsModelsCodes,
  ...metricsCodes,
  ...dataQualityCodes,
  ...checkImportersCodes,
  ...modelCiCodes,
  ...modelsCodes,
  ...servingCodes,
  ...trackingArtifactsCodes,
  ...trackingCodes,
} as const satisfies Record<string, CatalogueEntry>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof catalogue;
