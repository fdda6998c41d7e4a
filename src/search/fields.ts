/** In which lines of a thing a word can be looked for: `param:lr`. */

/** A field: its name, the letter before its words in the index, and what its lines say. */
interface Field {
  readonly letter: string;
  readonly says: string;
}

/** Everything that is said of things, by what a question calls it. The letters are part of what lies in databases. */
export const fields = {
  name: { letter: 'n', says: 'the name of a run, an experiment or a model' },
  tag: { letter: 't', says: 'keys and values of tags' },
  param: { letter: 'p', says: 'keys and values of params' },
  metric: { letter: 'm', says: 'names of metrics' },
  note: { letter: 'o', says: 'notes (`mlflow.note.content`) and descriptions' },
  report: { letter: 'r', says: 'texts of reports among the artifacts' },
  model: { letter: 'g', says: 'names and versions of models that belong to it' },
  user: { letter: 'u', says: 'who made it' },
  dataset: { letter: 'd', says: 'names, digests and contexts of data' },
  alias: { letter: 'a', says: 'aliases of versions' },
  id: { letter: 'i', says: 'the id of a run or a logged model' },
} as const satisfies Record<string, Field>;

/** The name of a field. */
export type FieldName = keyof typeof fields;
/** The names of all fields. */
export const fieldNames = Object.keys(fields) as FieldName[];

/** Whether a text is the name of a field. */
export function isFieldName(text: string): text is FieldName {
  return Object.hasOwn(fields, text);
}

/** Stands before a kind in the index, as a letter stands before words. */
export const kindLetter = 'k';
