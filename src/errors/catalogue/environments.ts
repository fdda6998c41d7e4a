import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `environments/`: Python interpreters and their packages. */
export const environmentsCodes = {
  ENVIRONMENT_NO_PYTHON: {
    kind: 'precondition-failed',
    title: 'There is no Python interpreter where one is needed.',
    hint: 'Install Python 3.9 or newer, or name an interpreter with MLSPEC_PYTHON.',
  },
  ENVIRONMENT_FILE_MISSING: {
    kind: 'invalid-input',
    title: 'A file of requirements is not there.',
    hint: 'Correct the path under environment; it is relative to the declaration.',
  },
  ENVIRONMENT_BAD_REQUIREMENT: {
    kind: 'invalid-input',
    title: 'A required package cannot be installed.',
    hint: 'Correct its name or version in the requirements file.',
  },
  ENVIRONMENT_INSTALL_FAILED: {
    kind: 'unavailable',
    title: 'An environment could not be made.',
    hint: 'Read what the installer says; check the network and the free space, then run the command again.',
  },
} as const satisfies Record<string, CatalogueEntry>;
