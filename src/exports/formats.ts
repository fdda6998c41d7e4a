/** Every format that a run can be written in, by the name that the command line takes. */
import { writeCroissant } from './croissant.ts';
import { writeCycloneDx } from './cyclonedx.ts';
import { writeFair4ml } from './fair4ml.ts';
import { writeMlSchema, writeMlSchemaTurtle } from './mlschema.ts';
import { writeModelCard } from './model-card.ts';
import { writeOpenLineage } from './openlineage.ts';
import type { ArtifactView, RunView } from './run-view.ts';
import { writeSpdx } from './spdx.ts';

/** What an exported document speaks of, and is bound to by a signed statement. */
export type ExportSubject = 'model' | 'data' | 'run';

/** One format. */
export interface ExportFormat {
  readonly name: string;
  readonly mediaType: string;
  /** What it is, for people. */
  readonly title: string;
  readonly subject: ExportSubject;
  /** The whole document, ending in a line end. Pure. */
  readonly write: (run: RunView) => string;
}

/** All formats, in the order of the documents. */
export const exportFormats: readonly ExportFormat[] = [
  {
    name: 'cyclonedx',
    title: 'CycloneDX 1.7 ML-BOM',
    mediaType: 'application/vnd.cyclonedx+json; version=1.7',
    subject: 'model',
    write: writeCycloneDx,
  },
  {
    name: 'model-card',
    title: 'Hugging Face model card',
    mediaType: 'text/markdown; charset=utf-8',
    subject: 'model',
    write: writeModelCard,
  },
  {
    name: 'openlineage',
    title: 'OpenLineage 2-0-2 events',
    mediaType: 'application/x-ndjson',
    subject: 'run',
    write: writeOpenLineage,
  },
  {
    name: 'croissant',
    title: 'Croissant 1.0',
    mediaType: 'application/ld+json; profile="http://mlcommons.org/croissant/1.0"',
    subject: 'data',
    write: writeCroissant,
  },
  {
    name: 'spdx',
    title: 'SPDX 3.0.1, AI and Dataset profiles',
    mediaType: 'application/spdx+json; version=3.0.1',
    subject: 'model',
    write: writeSpdx,
  },
  {
    name: 'mlschema',
    title: 'ML-Schema and PROV-O as JSON-LD',
    mediaType: 'application/ld+json',
    subject: 'run',
    write: writeMlSchema,
  },
  {
    name: 'mlschema-turtle',
    title: 'ML-Schema and PROV-O as Turtle',
    mediaType: 'text/turtle; charset=utf-8',
    subject: 'run',
    write: writeMlSchemaTurtle,
  },
  {
    name: 'fair4ml',
    title: 'FAIR4ML 0.1.0',
    mediaType: 'application/ld+json',
    subject: 'model',
    write: writeFair4ml,
  },
];

/** What a document of a format speaks of in a run: by name and digest. Empty where the run made nothing of the sort. */
export function subjectsOf(
  run: RunView,
  subject: ExportSubject,
): { readonly name: string; readonly artifact: ArtifactView }[] {
  if (subject === 'model') return run.models.map(({ name, artifact }) => ({ name: `model/${name}`, artifact }));
  if (subject === 'data') return run.parts.map(({ name, artifact }) => ({ name: `data/${name}`, artifact }));
  return [];
}
