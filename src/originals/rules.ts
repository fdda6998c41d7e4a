/** What can be found wrong in documents of the original MLSpec: the closed list, with its meanings. */
export const originalRules = {
  'original/encoding': 'The file is not UTF-8.',
  'original/unreadable': 'The text cannot be read as documents that are mappings.',
  'original/syntax': 'The text is not YAML.',
  'original/too-large': 'A file is too long, nests too deep, or has too many documents or parts.',
  'original/alias': 'Anchors and aliases are not read.',
  'original/tag': 'Tags are not read.',
  'original/key': 'A key is a text.',
  'original/duplicate-key': 'A mapping has each key once, in whatever spelling.',
  'original/number': 'A number is finite, and exact as a double where it is whole.',
  'original/text': 'A text is made of whole characters.',
  'original/unrecognised': 'The document names no schema and has the keys of no example of the specification.',
  'original/unknown-type': 'No registry has a schema of that type.',
  'original/unknown-version': 'There is no registry of that version, or the type is in another one.',
  'original/missing': 'A field that is required is missing or empty.',
  'original/type': 'A value is of another type, or none of the words that are allowed.',
  'original/form': 'A path or the name of a bucket has another form than the original asked for, and never checked.',
  'original/unknown-field': 'The schema has no such field; it is kept.',
  'original/spelling': 'A field or type in another of its spellings; it is kept in the one that is written.',
  'original/credential': 'A credential stands in the clear.',
} as const;

/** The id of such a rule. */
export type OriginalRule = keyof typeof originalRules;

/** What never ends an import: everything else is an error. */
export const mildRules: ReadonlySet<OriginalRule> = new Set([
  'original/form',
  'original/unknown-field',
  'original/spelling',
]);
