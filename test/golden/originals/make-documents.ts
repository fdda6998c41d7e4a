/*
 * Documents for the original library to judge: of each schema right ones, and ones in which one thing was changed. Made up with a
 * fixed seed. Run: node make-documents.ts > documents.json; then make-values.py verdicts < documents.json > mlspeclib-verdicts.json
 */
import fc from 'fast-check';
import { originalSchemas } from '../../../src/originals/index.ts';
import { documentsOf, spoil } from '../../originals/generate.ts';

/** The library never loads the file of this schema. */
const unknown = '0.0.1 environment';
/** The library knows one of the two files that declare data_source: the one without this field. */
const ofTheOther = 'source_uri';
const perSchema = 12;

const documents = originalSchemas.flatMap((schema) => {
  const name = `${schema.origin} ${schema.type}`;
  if (schema.origin === 'specification' || name === unknown) return [];
  const fields = Object.fromEntries(Object.entries(schema.fields).filter(([field]) => field !== ofTheOther));
  const made = fc.sample(fc.tuple(documentsOf({ ...schema, fields }), fc.nat(100_000)), { seed: 20_191_001, numRuns: perSchema });
  return made.map(([right, choice], index) => ({
    schema: name,
    text: JSON.stringify(index < perSchema / 4 ? right : spoil(right, choice)),
  }));
});
process.stdout.write(`${JSON.stringify(documents, null, 1)}\n`);
