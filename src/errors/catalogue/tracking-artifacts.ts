import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `tracking/artifacts/`: paths of artifacts and uploads in parts. */
export const trackingArtifactsCodes = {
  TRACKING_BAD_ARTIFACT_PATH: {
    kind: 'invalid-input',
    title:
      'A path of an artifact is empty, absolute, too long, leads elsewhere or has characters that it must not have.',
    hint: 'Send parts of letters, digits and marks, separated by /; no .., no backslash, no #, no control characters.',
  },
  TRACKING_ARTIFACT_UNKNOWN: {
    kind: 'not-found',
    title: 'There is no artifact at a path.',
    hint: 'List the folder to see what there is: mlflow.artifacts.list_artifacts().',
  },
  TRACKING_ARTIFACT_CLASH: {
    kind: 'conflict',
    title: 'A file was to be put where a folder is, or into what is a file.',
    hint: 'Choose another path, or delete what is there.',
  },
  TRACKING_UPLOAD_UNKNOWN: {
    kind: 'not-found',
    title: 'There is no such upload in parts for this path; perhaps it was aborted or is older than a week.',
    hint: 'Begin a new upload.',
  },
  TRACKING_BAD_UPLOAD: {
    kind: 'invalid-input',
    title: 'The parts of an upload are not those that were announced or that were received.',
    hint: 'Send what is missing and complete the upload with every part, in order, each with the ETag that it was answered with.',
  },
  TRACKING_ARTIFACTS_ELSEWHERE: {
    kind: 'invalid-input',
    title: 'The artifacts of a run or a model are kept in a place that clients reach without the server.',
    hint: 'Read them with a client that has access to that place.',
  },
  TRACKING_BAD_LINK: {
    kind: 'permission-denied',
    title: 'A link to bytes or to a part of an upload has expired or was not made by this server.',
    hint: 'Ask for a new link.',
  },
} as const satisfies Record<string, CatalogueEntry>;
