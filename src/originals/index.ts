export type { Landed } from './landings.ts';
export { describePart, type ListPart, type MapPart, type Part, plainOf, type ScalarPart, type Span } from './part.ts';
export type { OriginalDocument, OtherSpelling, WrittenScalar } from './read-document.ts';
export {
  landingsOf,
  originalRecord,
  type ReadOriginals,
  type ReadOriginalsOptions,
  readOriginalRecord,
  readOriginals,
  writeOriginal,
} from './read-originals.ts';
export { maximumDocuments, maximumFileBytes, readYamlFile } from './read-yaml.ts';
export { type Origin, type OriginalSchema, originalSchemas } from './recognise.ts';
export { type OriginalRule, originalRules } from './rules.ts';
export { type Field, fieldsIn, type NamedField, type ValueField, type ValueKind } from './schema.ts';
export { type Shape, shapes } from './specification.ts';
export { fieldAliases, typeAliases } from './spelling.ts';
