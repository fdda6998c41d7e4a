import { expressionRules } from './expressions/index.ts';
import { rules } from './rules/index.ts';

/** What reading, parameters and types can find, before the static rules: the closed list with its meanings. */
export const readingRules = {
  'spec/unreadable': 'The text cannot be read as one mapping of sections.',
  'spec/syntax': 'The text is not YAML.',
  'spec/yaml-version': 'The document asks for another version of YAML than 1.2.',
  'spec/yaml-boolean': 'A word is a text here, and true or false to older readers of YAML.',
  'spec/yaml-octal': 'A number with a leading zero is octal to older readers of YAML.',
  'spec/several-documents': 'The file holds more than one document.',
  'spec/too-large': 'The document nests too deep or has too many parts.',
  'spec/alias': 'Anchors and aliases are not part of the language.',
  'spec/merge-key': 'Merge keys are not part of the language.',
  'spec/tag': 'Tags are not part of the language.',
  'spec/key': 'A key is a text.',
  'spec/duplicate-key': 'A mapping has each key once.',
  'spec/number': 'A number is finite, and exact as a double where it is whole.',
  'spec/text': 'A text is made of whole characters.',
  'spec/unknown-key': 'There is no such key here.',
  'spec/missing': 'A key that must be there is missing.',
  'spec/name': 'A name has a form that is not allowed here.',
  'spec/type': 'A value is of another type, or none of the words that are allowed.',
  'spec/value': 'A value of the right type is not allowed here.',
  'spec/import': 'An imported file cannot be read.',
  'spec/import-not-read': 'Imported files are not read here.',
  'spec/param': 'A parameter has no value, or one that its declaration does not allow.',
  'spec/unknown-param': 'There is no such parameter or import.',
  'spec/unknown-profile': 'There is no such profile.',
  'spec/profile-key': 'A profile cannot change this key.',
} as const;

/** Every rule of declarations by its id, with its meaning. */
export function ruleCatalogue(): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(readingRules),
    ...rules.map((rule): [string, string] => [rule.id, rule.says]),
    ...Object.entries(expressionRules),
  ]);
}
