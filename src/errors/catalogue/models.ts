import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `models/`: reading model directories, loading models and asking them. */
export const modelsCodes = {
  MODEL_NOT_A_MODEL: {
    kind: 'invalid-input',
    title: 'A directory is not a model: it has no MLmodel file that can be read.',
    hint: 'Save the model with Model.save, or write an MLmodel file beside it.',
  },
  MODEL_NOT_A_PACKAGE: {
    kind: 'invalid-input',
    title: 'A directory is not a package: it has no data/package.json that can be read.',
    hint: 'Give a directory that packaging made, or make one with mlspec release.',
  },
  MODEL_INPUTS_MISSING: {
    kind: 'invalid-input',
    title: 'Rows do not have the columns, of the types, that a package reads.',
    hint: 'Give the rows these columns, or use a version of the model that does not read them.',
  },
  MODEL_NEEDS_PYTHON: {
    kind: 'precondition-failed',
    title: 'A model is answered by Python, and no interpreter was given.',
    hint: 'Declare training.environment, or set MLSPEC_PYTHON to an interpreter that has the requirements of the model.',
  },
  MODEL_CANNOT_LOAD: {
    kind: 'user-code',
    title: 'A model could not be loaded.',
    hint: 'Install the requirements of the model (requirements.txt in its directory) in the environment that answers.',
  },
  MODEL_ENDED: {
    kind: 'user-code',
    title: 'The process of a model ended while it was needed.',
    hint: 'Look at what it printed last; a crash in native code or a lack of memory ends it without a word.',
  },
  MODEL_TIMEOUT: {
    kind: 'user-code',
    title: 'A model did not answer in time; its process was ended.',
    hint: 'Ask for fewer rows at once, or give it more time.',
  },
  MODEL_REFUSED: {
    kind: 'user-code',
    title: 'A model answered with an error.',
    hint: 'Compare the rows with the signature of the model.',
  },
  MODEL_BAD_ANSWER: {
    kind: 'user-code',
    title: 'A model answered with something that is no answer: the wrong number of rows, NaN, or no JSON.',
    hint: 'Look at the code of the model; what it prints must go to standard error.',
  },
} as const satisfies Record<string, CatalogueEntry>;
