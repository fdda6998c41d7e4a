/**
 * Croissant 1.0: the data of a run as a dataset, a file for each part, a record set for each part that is open. Files are
 * named as they lie in the folder of the exported run (`mlspec export RUN FOLDER`).
 *
 * @see https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
 */
import { digestHex, formatInstant } from '../encoding/index.ts';
import { jsonText } from './json-text.ts';
import { licenceAddress } from './licence.ts';
import { oneLine, uriPart } from './names.ts';
import type { ColumnView, PartView, RunView } from './run-view.ts';

type Json = Readonly<Record<string, unknown>>;

/** The description of a run's data; empty where it has none. */
export function writeCroissant(run: RunView): string {
  if (run.parts.length === 0) return '';
  const open = run.parts.filter(({ artifact, isSealed }) => !isSealed && artifact.columns.length > 0);
  return jsonText({
    '@context': context,
    '@type': 'sc:Dataset',
    conformsTo: 'http://mlcommons.org/croissant/1.0',
    name: run.name,
    ...(run.description === '' ? {} : { description: run.description }),
    ...(run.licence.data === null ? {} : { license: licenceAddress(run.licence.data) }),
    datePublished: formatInstant(run.endedAtMs ?? run.startedAtMs),
    identifier: run.id,
    distribution: run.parts.map(fileOf),
    recordSet: [...(open.length === 0 ? [] : [splitsOf(run.parts)]), ...open.map(recordsOf)],
  });
}

function fileOf(part: PartView): Json {
  const { artifact } = part;
  return {
    '@type': 'cr:FileObject',
    '@id': fileId(part),
    name: part.name,
    description: part.isSealed ? 'A sealed part: encrypted, and opened by gates alone.' : 'A part of the data.',
    contentUrl: `artifacts/${digestHex(artifact.digest)}`,
    contentSize: `${artifact.sizeBytes} B`,
    encodingFormat: part.isSealed ? 'application/octet-stream' : 'application/vnd.apache.parquet',
    sha256: digestHex(artifact.digest),
  };
}

/** The parts by name, as Croissant enumerates splits. */
function splitsOf(parts: readonly PartView[]): Json {
  return {
    '@type': 'cr:RecordSet',
    '@id': 'splits',
    name: 'splits',
    dataType: 'cr:Split',
    key: { '@id': 'splits/name' },
    field: [{ '@type': 'cr:Field', '@id': 'splits/name', name: 'name', dataType: 'sc:Text' }],
    data: parts.map(({ name }) => ({ 'splits/name': name })),
  };
}

function recordsOf(part: PartView): Json {
  return {
    '@type': 'cr:RecordSet',
    '@id': `records-${uriPart(part.name)}`,
    name: part.name,
    ...(part.artifact.rowCount === null ? {} : { description: `${part.artifact.rowCount} rows.` }),
    field: part.artifact.columns.map((column) => fieldOf(part, column)),
  };
}

/** Types of tables in Croissant's words; whatever else there is, is text. */
const dataTypes: Readonly<Record<string, string>> = {
  int64: 'sc:Integer',
  float64: 'sc:Float',
  boolean: 'sc:Boolean',
  date: 'sc:Date',
  timestamp: 'sc:Date',
};

function fieldOf(part: PartView, { name, type }: ColumnView): Json {
  const found = part.artifact.statistics.find((column) => column.name === name);
  return {
    '@type': 'cr:Field',
    '@id': `records-${uriPart(part.name)}/${uriPart(name)}`,
    name: oneLine(name),
    ...(found === undefined
      ? {}
      : { description: `${found.missingCount} missing, ${found.distinctCount} different values.` }),
    dataType: dataTypes[type] ?? 'sc:Text',
    source: { fileObject: { '@id': fileId(part) }, extract: { column: name } },
  };
}

function fileId({ name }: PartView): string {
  return `file-${uriPart(name)}`;
}

/** As the specification gives it. */
const context = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  data: { '@id': 'cr:data', '@type': '@json' },
  equivalentProperty: 'cr:equivalentProperty',
  samplingRate: 'cr:samplingRate',
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  parentField: 'cr:parentField',
  path: 'cr:path',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  sc: 'https://schema.org/',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform',
};
