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
  PROVENANCE_KEY_NAME: {
    kind: 'usage',
    title: 'A key cannot have such a name.',
    hint: 'Begin with a letter or digit and write at most 100 characters; the name is that of a file.',
  },
  PROVENANCE_PUBLIC_KEY_BAD: {
    kind: 'invalid-input',
    title: 'A file that was given as a public key holds none that can check signatures.',
    hint: 'Ask its owner for what `mlspec keys show NAME` prints.',
  },
  PROVENANCE_NOTHING_TO_SIGN: {
    kind: 'invalid-input',
    title: 'A folder without any file was to be signed.',
    hint: 'Name the folder that holds the files, or sign once they are there.',
  },
  PROVENANCE_KEY_LOCKED: {
    kind: 'permission-denied',
    title: 'A signing key is encrypted, and its passphrase was not given or is another.',
    hint: 'Set MLSPEC_KEY_PASSPHRASE.',
  },
  PROVENANCE_KEY_UNKNOWN: {
    kind: 'not-found',
    title: 'No key of this name or id is trusted.',
    hint: 'See `mlspec keys list`.',
  },
  PROVENANCE_KEY_EXISTS: {
    kind: 'conflict',
    title: 'A key of this name is there already.',
    hint: 'Choose another name, or `mlspec keys rotate` it.',
  },
  PROVENANCE_KEY_ENDED: {
    kind: 'conflict',
    title: 'A key was rotated or revoked before.',
    hint: 'Make a new key: `mlspec keys new`.',
  },
  PROVENANCE_TRUST_BAD: {
    kind: 'corrupt',
    title: 'The list of trusted keys does not have its form.',
    hint: 'Restore trust.json in the folder for keys from a copy, or remove it and trust the keys again.',
  },
  PROVENANCE_KEY_UNAVAILABLE: {
    kind: 'permission-denied',
    title: 'A key file cannot be read, or the folder for keys cannot be made.',
    hint: 'Check owner and permissions of the folder for keys, or hand the key in by its variable.',
  },
  PROVENANCE_KEY_PLACE: {
    kind: 'precondition-failed',
    title: 'The folder for keys lies inside the project, where steps, exports and version control would find the keys.',
    hint: 'Set MLSPEC_KEYS_DIR to a folder outside the project, or move the declaration with its files into a folder of its own.',
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
  PROVENANCE_ENVELOPE_BAD: {
    kind: 'corrupt',
    title: 'A signed envelope does not have the form of one (DSSE 1.0).',
    hint: 'Restore the file from a copy, or fetch it again from where it came.',
  },
  PROVENANCE_SIGNATURE_BAD: {
    kind: 'corrupt',
    title: 'The signature of a folder does not have its form (OpenSSF Model Signing 1.0).',
    hint: 'Fetch the signature again from where the folder came.',
  },
  PROVENANCE_SIGNATURE_MISSING: {
    kind: 'not-found',
    title: 'A folder or file is to be verified, and no signature lies beside it or in it.',
    hint: 'Name it: `mlspec verify FOLDER --signature FILE`. Looked for are FOLDER.sig, beside it, and model.sig, in it.',
  },
  PROVENANCE_NOTE_BAD: {
    kind: 'corrupt',
    title: 'A signed note, a signature line or the key of a log or witness does not have its form.',
    hint: 'Restore it from a copy, or fetch it again from where it came.',
  },
  PROVENANCE_LOG_BAD: {
    kind: 'corrupt',
    title: 'A checkpoint, proof or tile of a log does not have its form.',
    hint: 'Restore it from a copy, or fetch it again from where it came.',
  },
  PROVENANCE_LOG_FORKED: {
    kind: 'corrupt',
    title: 'The entries of a log are not those that its last checkpoint speaks of: entries were lost or changed.',
    hint: 'Restore the metadata store from a copy that has them. To begin a new log, move the folder of the old one away; whoever keeps a checkpoint will see it.',
  },
} as const satisfies Record<string, CatalogueEntry>;
