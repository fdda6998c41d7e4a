import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `tracking/`: experiments, runs, logged models and the language of searches. */
export const trackingCodes = {
  TRACKING_BAD_VALUE: {
    kind: 'invalid-input',
    title: 'A value that a client sent is missing, has the wrong form, or exceeds a limit.',
    hint: 'Send a value of the form that the message names. The limits stand in the reference of the tracking server.',
  },
  TRACKING_UNKNOWN: {
    kind: 'not-found',
    title: 'There is no such experiment, run, logged model, tag or webhook.',
    hint: 'Check the id; mlflow.search_experiments() and mlflow.search_runs() list what there is.',
  },
  TRACKING_EXISTS: {
    kind: 'already-exists',
    title: 'An experiment of that name exists already, perhaps among the deleted ones.',
    hint: 'Use it, restore it, or choose another name.',
  },
  TRACKING_NOT_ACTIVE: {
    kind: 'precondition-failed',
    title: 'What was to be changed is deleted, or what was to be restored is not.',
    hint: 'Restore it first.',
  },
  TRACKING_NOT_DELETED: {
    kind: 'precondition-failed',
    title: 'What was to be removed for good is not deleted, or was deleted too short a time ago.',
    hint: 'Delete it first; mlspec gc --older-than 0d takes also what was deleted just now.',
  },
  TRACKING_BAD_PAGE: {
    kind: 'invalid-input',
    title: 'A page token was not made by this server for this question.',
    hint: 'Ask again without a token, and hand on the token of each answer as it is.',
  },
  TRACKING_BAD_FILTER: {
    kind: 'invalid-input',
    title: 'The filter of a search cannot be read, or asks for something that there is not.',
    hint: "A filter is comparisons such as metrics.loss < 0.1, params.`my key` = 'x' or tags.a IS NULL, joined by AND, OR, NOT and parentheses.",
  },
  TRACKING_BAD_ORDER: {
    kind: 'invalid-input',
    title: 'The order of a search cannot be read, or names something twice or something that there is not.',
    hint: 'Write names such as metrics.loss or start_time, each followed by ASC or DESC where wanted.',
  },
  SEARCH_BAD_QUESTION: {
    kind: 'invalid-input',
    title: 'A question in words cannot be read: an open quotation mark, a * inside a word, or no word to find.',
    hint: 'Write words, "several words", begin*, -word and param:word; what is in quotation marks is text. mlspec search --help shows examples.',
  },
  SEARCH_REPORT_UNREADABLE: {
    kind: 'corrupt',
    title: 'A report cannot be read, so that no search finds what it says.',
    hint: 'The message says why. Once that is mended it is found: within minutes, or after the server was started again.',
  },
  TRACKING_REFUSED: {
    kind: 'precondition-failed',
    title: 'A tracking server refused what a command asked of it.',
    hint: 'The message says why; MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, sign in.',
  },
  TRACKING_UNREACHABLE: {
    kind: 'unavailable',
    title: 'The tracking server that MLFLOW_TRACKING_URI names does not answer, or refuses what it is told.',
    hint: 'Check the address and MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD or MLFLOW_TRACKING_TOKEN; unset MLFLOW_TRACKING_URI to use a tracker of the project.',
  },
  SPOOL_OTHER_SERVER: {
    kind: 'precondition-failed',
    title: 'A folder is no spool, or one whose calls are for another server.',
    hint: 'Give each server a folder of its own with --store, or leave --store out.',
  },
  SPOOL_BUSY: {
    kind: 'conflict',
    title: 'Another process sends what waits in the spool.',
    hint: 'Let it go on: it sends what is logged meanwhile too; mlspec spool status shows how far it is.',
  },
  SPOOL_NOT_KEPT: {
    kind: 'precondition-failed',
    title:
      'A spool keeps what is added to a tracker and its registry; it renames, moves and removes no registered models, and keeps neither webhooks nor traces.',
    hint: 'Ask the server itself, once it answers; mlspec spool versions says under which number it knows a version.',
  },
} as const satisfies Record<string, CatalogueEntry>;
