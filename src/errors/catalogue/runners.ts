import type { CatalogueEntry } from '../entry.ts';

/** Codes of what carries steps out: the runners of `pipeline/local/` and the Python package. */
export const runnersCodes = {
  COMPONENT_NOT_FOUND: {
    kind: 'invalid-input',
    title: 'The file, module or function that a step names is not there.',
    hint: 'Write module:function, file.py:function or file.ts#function, relative to the declaration.',
  },
  COMPONENT_BAD_SIGNATURE: {
    kind: 'invalid-input',
    title: "A function's signature cannot be called by a step.",
    hint: 'Name the arguments like the ports and parameters of the step.',
  },
  COMPONENT_MISSING_PORT: {
    kind: 'invalid-input',
    title: 'A function and its step do not agree on a port.',
    hint: 'Wire the port in the declaration, or change the argument.',
  },
  COMPONENT_BAD_PARAMETER: {
    kind: 'invalid-input',
    title: 'A parameter of a step is missing, unknown, or not of the type that the function says.',
    hint: 'Change the value under params, or the annotation in the code.',
  },
  COMPONENT_PACKAGE_MISSING: {
    kind: 'precondition-failed',
    title: "A library that the code needs is not in the step's environment.",
    hint: 'Add the package to the requirements of the environment.',
  },
  COMPONENT_BAD_OUTPUT: {
    kind: 'user-code',
    title: 'What a function returned or wrote cannot become an output.',
    hint: 'Return what the signature promises, or write the file to the path of the output.',
  },
  COMPONENT_SECRET_UNDECLARED: {
    kind: 'permission-denied',
    title: 'The code asks for a secret that its step does not declare.',
    hint: 'Add the name under secrets of the declaration and of the step.',
  },
  CONTAINER_NO_ENGINE: {
    kind: 'precondition-failed',
    title: 'A step needs a container engine, and none runs here.',
    hint: 'Install and start Docker or Podman, or write the step as a command.',
  },
  CONTAINER_IMAGE_UNKNOWN: {
    kind: 'precondition-failed',
    title: 'The image of a container step is not here and cannot be fetched.',
    hint: 'Check the name and the tag, log in to its registry, or build the image here.',
  },
  PROGRAM_NOT_FOUND: {
    kind: 'precondition-failed',
    title: 'The Python package found no mlspec program to read the record with.',
    hint: 'Install mlspec, or name the program with the variable MLSPEC_PROGRAM.',
  },
  PROGRAM_FAILED: {
    kind: 'internal',
    title: 'The mlspec program that the Python package started failed without saying why.',
    hint: 'Run the same command in a terminal.',
  },
  SPEC_UNKNOWN_SECTION: {
    kind: 'invalid-input',
    title: 'A declaration built in Python names a section that there is not.',
    hint: 'Correct the name; the message lists the sections.',
  },
  SPEC_LOCAL_FUNCTION: {
    kind: 'invalid-input',
    title: 'A declaration built in Python refers to a function that a step cannot import.',
    hint: 'Put the function at the top of a module of the project.',
  },
} as const satisfies Record<string, CatalogueEntry>;
