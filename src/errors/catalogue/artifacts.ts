import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `artifacts/`: the content-addressed store. */
export const artifactsCodes = {
  ARTIFACT_MISSING: {
    kind: 'not-found',
    title: 'The artifact store holds no content with this digest.',
    hint: 'Run the step that made it again: mlspec run --force STEP.',
  },
  ARTIFACT_CORRUPT: {
    kind: 'corrupt',
    title: 'Stored content does not have the digest that it is stored under.',
    hint: 'The damaged bytes were set aside within the store. Check the disk, then run the step that made the artifact again: the next run makes it anew.',
  },
  ARTIFACT_UNSUPPORTED_FILE: {
    kind: 'invalid-input',
    title: 'A path is a symbolic link, a device, a socket or a pipe, or has a name that is not UTF-8.',
    hint: 'Artifacts hold plain files and folders only. Copy what the link points to.',
  },
  ARTIFACT_BAD_TREE: {
    kind: 'corrupt',
    title: 'The manifest of a stored folder is not in canonical form or names a path outside the folder.',
    hint: 'Do not use this artifact. Run the step that made it again.',
  },
  ARTIFACT_SOURCE_UNREADABLE: {
    kind: 'not-found',
    title: 'A file or folder that is to be stored does not exist or cannot be read.',
    hint: 'Check the path and its permissions.',
  },
  ARTIFACT_SOURCE_CHANGED: {
    kind: 'conflict',
    title: 'A file was written to while it was read.',
    hint: 'Wait until the program that writes it has ended, then run the command again.',
  },
  ARTIFACT_SOURCE_BROKEN: {
    kind: 'unavailable',
    title: 'A stream of bytes that were to be stored broke before its end; nothing was stored.',
    hint: 'Send it again.',
  },
  ARTIFACT_STORE_FULL: {
    kind: 'resource-exhausted',
    title: 'The disk of the artifact store, or the quota on it, is full.',
    hint: 'Free some space (mlspec gc shows what the store can give back), then run the command again; finished steps are not repeated.',
  },
  ARTIFACT_STORE_DENIED: {
    kind: 'permission-denied',
    title: 'The folder or bucket of the artifact store, or the destination of a copy, cannot be written or read.',
    hint: 'Check owner and permissions of the folder, and whether the file system is mounted read-only; of a bucket, the credentials and what they allow.',
  },
  ARTIFACT_BUCKET_UNKNOWN: {
    kind: 'unavailable',
    title: 'The bucket in which the artifact store is to lie is not there.',
    hint: 'Make the bucket, or correct the address of the store (--artifacts, MLSPEC_ARTIFACTS_URL).',
  },
  ARTIFACT_STORE_IO: {
    kind: 'unavailable',
    title: 'The file system or the object store under the artifact store reported an error.',
    hint: 'Check the disk or the network, then run the command again.',
  },
  ARTIFACT_STORE_NEWER: {
    kind: 'precondition-failed',
    title: 'The artifact store was written by a newer version of the program.',
    hint: 'Use that version, or a later one.',
  },
  ARTIFACT_DESTINATION_EXISTS: {
    kind: 'already-exists',
    title: 'The place that an artifact is to be copied to is taken.',
    hint: 'Remove what is there or name another place.',
  },
  ARTIFACT_TOO_LARGE: {
    kind: 'resource-exhausted',
    title: 'Content is larger than the caller is ready to hold in memory.',
    hint: 'Copy the artifact to a file and read that.',
  },
} as const satisfies Record<string, CatalogueEntry>;
