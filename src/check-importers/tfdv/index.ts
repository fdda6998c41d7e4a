import type { ColumnSchema, DataSchema } from '../../data-quality/index.ts';
import type { Part } from '../../originals/index.ts';
import { Fields } from '../fields.ts';
import type { CheckImporter, ImportedChecks, KnownKind } from '../imported.ts';
import { NotTaken } from '../not-taken.ts';
import type { SourceDocument } from '../source-document.ts';
import { Statements } from '../statements.ts';
import { featureParts, leftParts, readFeature, repeated, repeatedTexts } from './feature.ts';
import { readTextProto } from './text-proto.ts';

const leftFields: Readonly<Record<string, string>> = {
  sparse_feature: 'a column holds its values itself',
  weighted_feature: 'a column holds its values itself',
  tensor_representation_group: 'how columns become tensors is said in training',
  represent_variable_length_as_ragged: 'how columns become tensors is said in training',
};

/** Schemas of TensorFlow Data Validation, in the text format of protocol buffers. */
export const tfdv: CheckImporter = {
  origin: 'tfdv',
  title: 'TensorFlow Data Validation: schema (text format)',
  kinds: [
    ...Object.entries(featureParts).map(
      ([name, becomes]): KnownKind => ({ name: `feature.${name}`, becomes, note: null }),
    ),
    { name: 'dataset_constraints', becomes: 'schema: rows', note: 'versions of a span are not told apart' },
    { name: 'default_environment', becomes: 'schema: environments', note: null },
    ...Object.entries(leftParts).map(([name, note]): KnownKind => ({ name: `feature.${name}`, becomes: null, note })),
    ...Object.entries(leftFields).map(([name, note]): KnownKind => ({ name, becomes: null, note })),
  ],
  recognises: () => false,
  recognisesText: (text) =>
    /^\s*(?:#[^\n]*\n\s*)*(?:feature|string_domain|default_environment|dataset_constraints)\s*[:{]/.test(text),
  read: (source) => readSchema(readTextProto(source)),
};

function readSchema(document: SourceDocument): ImportedChecks {
  const fields = new Fields(document.root);
  const statements = new Statements(document.positionOf);
  const features = repeated(fields, 'feature');
  const defaults = textsOf(fields, 'default_environment');
  const its = features.flatMap((part) => (part.kind === 'map' ? textsOf(new Fields(part), 'in_environment') : []));
  const environments = [...new Set([...defaults, ...its])];
  const around = { statements, domains: domainsOf(fields), defaultEnvironments: defaults, environments };
  const columns: Record<string, ColumnSchema> = {};
  for (const [at, part] of features.entries()) {
    const found = readFeature(part, `feature[${at}]`, around);
    if (found !== null) Object.defineProperty(columns, found[0], { value: found[1], enumerable: true });
  }
  const schema: DataSchema = { schema: 1, columns, additional: 'refuse' };
  if (environments.length > 0) {
    const part = fields.get('default_environment') ?? fields.part;
    statements.read({ kind: 'default_environment', place: 'default_environment', part }, (statement) =>
      statement.set('environments', () => Object.assign(schema, { environments })),
    );
  }
  readRows(fields, schema, statements);
  fields.skip('string_domain');
  for (const key of fields.untaken) {
    const { part } = fields.part.members.get(key)!;
    statements.leave({ kind: key, place: key, part }, leftFields[key] ?? 'it is not known here');
  }
  return { from: 'tfdv', name: null, checks: statements.checks, schema, statements: statements.all };
}

/** The texts of a field; of what is none nothing. */
function textsOf(fields: Fields, key: string): string[] {
  try {
    return repeatedTexts(fields, key);
  } catch (thrown) {
    if (thrown instanceof NotTaken) return [];
    throw thrown;
  }
}

function domainsOf(fields: Fields): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const part of repeated(fields, 'string_domain')) {
    if (part.kind !== 'map') continue;
    const its = new Fields(part);
    const [name] = textsOf(its, 'name');
    if (name !== undefined) found.set(name, textsOf(its, 'value'));
  }
  return found;
}

/** How many rows there may be. */
function readRows(fields: Fields, schema: DataSchema, statements: Statements): void {
  const part: Part | null = fields.get('dataset_constraints');
  if (part === null) return;
  statements.read({ kind: 'dataset_constraints', place: 'dataset_constraints', part }, (statement) => {
    const its = new Fields(part);
    const ratio = its.fields('num_examples_drift_comparator');
    const rows = {
      min: its.whole('min_examples_count'),
      max: its.whole('max_examples_count'),
      min_ratio: ratio?.number('min_fraction_threshold') ?? null,
      max_ratio: ratio?.number('max_fraction_threshold') ?? null,
    };
    statement.requireAll([...its.untaken, ...(ratio?.untaken ?? [])], 'the field');
    if (rows.max !== null && rows.min === null)
      statement.differs('without min_examples_count nothing is asked there of too many rows');
    const said = Object.fromEntries(Object.entries(rows).filter(([, value]) => value !== null));
    if (Object.keys(said).length === 0) throw new NotTaken('it says nothing of rows');
    statement.set('rows', () => Object.assign(schema, { rows: said }));
  });
}
