import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `provenance/`: keys, signatures, sealing. */
export const provenanceCodes = {
  PROVENANCE_KEY_EXPOSED: {
    kind: 'permission-denied',
    title: 'A file with a secret key can be read or changed by other users of the machine.',
    hint: 'Take the access away (chmod 600 on the file, chmod 700 on its folder). If others may have read the key, make a new one.',
  },
  PROVENANCE_KEY_BAD: {
    kind: 'corrupt',
    title: 'A key file, or a key that was handed in, does not have the form of a key.',
    hint: 'Restore the file from a copy. Without its key a sealed part cannot be opened again; make a new part from fresh data.',
  },
  PROVENANCE_KEY_UNAVAILABLE: {
    kind: 'permission-denied',
    title: 'A key file cannot be read, or the folder for keys cannot be made.',
    hint: 'Check owner and permissions of the folder for keys, or hand the key in by its variable.',
  },
  PROVENANCE_KEY_PLACE: {
    kind: 'precondition-failed',
    title: 'The folder for keys lies inside the project, where steps, exports and version control would find the keys.',
    hint: 'Choose a folder outside the project.',
  },
  PROVENANCE_NOT_SEALED: {
    kind: 'corrupt',
    title: 'Bytes that should be sealed are not, or their header is damaged.',
    hint: 'Run the step that made the part again.',
  },
  PROVENANCE_SEAL_NEWER: {
    kind: 'precondition-failed',
    title: 'Sealed bytes were written by a newer version of the program.',
    hint: 'Use that version, or a later one.',
  },
  PROVENANCE_SEAL_WRONG_KEY: {
    kind: 'permission-denied',
    title: 'Bytes were sealed with another key than the one that is at hand.',
    hint: 'Use the key of the project and user that sealed them.',
  },
  PROVENANCE_SEAL_OTHER_PART: {
    kind: 'conflict',
    title: 'Bytes were sealed under another part name or for another project.',
    hint: 'Check which artifact feeds the gate.',
  },
  PROVENANCE_SEAL_TRUNCATED: {
    kind: 'corrupt',
    title: 'Sealed bytes end too early or go on after their end.',
    hint: 'Run the step that made the part again.',
  },
  PROVENANCE_SEAL_BROKEN: {
    kind: 'corrupt',
    title: 'Sealed bytes were changed, reordered or put together from several files.',
    hint: 'Do not use them. Run the step that made the part again.',
  },
  PROVENANCE_SOURCE_CHANGED: {
    kind: 'conflict',
    title: 'A file was written to while it was sealed.',
    hint: 'Wait until the program that writes it has ended, then run the command again.',
  },
  PROVENANCE_TOO_LARGE: {
    kind: 'resource-exhausted',
    title: 'Sealed content is larger than the caller is ready to hold in memory.',
    hint: 'Open it into a file, or raise the limit.',
  },
} as const satisfies Record<string, CatalogueEntry>;
