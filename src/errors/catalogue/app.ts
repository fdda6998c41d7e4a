import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `app/` and `cli/`. */
export const appCodes = {
  CONFIG_BAD_VALUE: {
    kind: 'usage',
    title: 'A setting from a flag or the environment has a value that makes no sense.',
    hint: 'Correct the value, or leave it out for the default.',
  },
  ARTIFACTS_ELSEWHERE: {
    kind: 'precondition-failed',
    title: 'Nothing of this record was ever stored in the place whose content is to be collected.',
    hint: 'Name a place that the message names with --artifacts, as for mlspec server. A server of an older program has to be started once more before its place is known.',
  },
  SPEC_NOT_FOUND: {
    kind: 'not-found',
    title: 'There is no declaration here.',
    hint: 'Run mlspec init, or name the file with --spec.',
  },
  DATASET_ARCHIVED: {
    kind: 'precondition-failed',
    title: 'A dataset that a run would read is archived.',
    hint: 'Use other data. Whoever answers for the dataset can set it back with mlspec data state NAME active --reason TEXT.',
  },
  DATASET_DEPRECATED: {
    kind: 'precondition-failed',
    title: 'A dataset that a run would train on is deprecated.',
    hint: 'Use other data, or write allow_deprecated: true at its source.',
  },
  DATASET_UNKNOWN: {
    kind: 'not-found',
    title: 'There is no source of this name in the declaration.',
    hint: 'Name a source under ingestion.sources, or write DECLARATION/SOURCE.',
  },
  SPEC_INVALID: {
    kind: 'invalid-input',
    title: 'The declaration has findings of severity error.',
    hint: 'Correct what the findings say; mlspec check shows them again.',
  },
  STEP_NOT_FOUND: {
    kind: 'not-found',
    title: 'A run has no step of this name.',
    hint: 'Run mlspec show RUN to see its steps.',
  },
  ARTIFACT_NOT_FOUND: {
    kind: 'not-found',
    title: 'No recorded artifact has this digest or name.',
    hint: 'Name it as RUN/STEP/PORT, as mlspec ls artifacts does, or by its whole digest, as mlspec ls artifacts --json does.',
  },
  DATA_NO_FILE: {
    kind: 'not-found',
    title: 'There is no table where one was named.',
    hint: 'Give the path of a CSV, JSON or Parquet file.',
  },
  DATA_UNKNOWN_FORMAT: {
    kind: 'invalid-input',
    title: 'A file is of a kind that is not read.',
    hint: 'Give a CSV, JSON or Parquet file.',
  },
  HISTORY_NO_FILE: {
    kind: 'not-found',
    title: 'There is no file of values measured before where one was named.',
    hint: 'Name the file that mlspec data check --history wrote.',
  },
  HISTORY_INVALID: {
    kind: 'invalid-input',
    title: 'A file is no file of values measured before.',
    hint: 'Name another file, or one that is not there yet.',
  },
  CHECKS_NO_FILE: {
    kind: 'not-found',
    title: 'There is no file of checks where one was named.',
    hint: 'Give the path of a file with a list called checks.',
  },
  CHECKS_INVALID: {
    kind: 'invalid-input',
    title: 'A file of checks cannot be read.',
    hint: 'Correct what the message names.',
  },
  SCHEMA_NO_FILE: {
    kind: 'not-found',
    title: 'There is no schema file where one was named.',
    hint: 'Give the path of a schema, or make a first one with mlspec data infer FILE --out SCHEMA.',
  },
  INIT_NOTHING_TO_LEARN: {
    kind: 'invalid-input',
    title: 'A table has no rows, or nothing beside its label.',
    hint: 'Give a table with rows, a label and at least one more column.',
  },
  INIT_BAD_LABEL: {
    kind: 'invalid-input',
    title: 'A column cannot be predicted as a class or a number.',
    hint: 'Name another column with --label.',
  },
  INIT_FILE_EXISTS: {
    kind: 'already-exists',
    title: 'A file that init would write exists already.',
    hint: 'Choose another folder with --dir, or move the file away.',
  },
  PROJECT_ID_BAD: {
    kind: 'precondition-failed',
    title: 'The file with the lasting id of a project is spoilt.',
    hint: 'Bring it back from a backup, or write the id into it that the sealing key of the project has in its name (ID.sealing, in the folder of your keys). A new id would lose what was sealed.',
  },
  LOG_NOTHING: {
    kind: 'not-found',
    title: 'Nothing was recorded here, so there is no log to look at.',
    hint: 'Go to the folder of the project, or name its declaration with --spec; the first mlspec run makes the log.',
  },
  EXPORT_PLACE_TAKEN: {
    kind: 'already-exists',
    title: 'Where something is to be written, something else is already.',
    hint: 'Choose a new folder.',
  },
  PLACE_NOT_WRITABLE: {
    kind: 'usage',
    title: 'A file cannot be written where a command was told to.',
    hint: 'Make its folder, or name another place.',
  },
  EXPORT_BAD: {
    kind: 'invalid-input',
    title: 'A folder is not that of an exported run, or its run.json is spoilt.',
    hint: 'Give the folder that mlspec export wrote, or fetch it again from where it came.',
  },
  ERASE_NEEDED: {
    kind: 'precondition-failed',
    title: 'A statement that is to be erased is what proves a step.',
    hint: 'Erase what the step left, or what it read: mlspec show RUN STEP lists it.',
  },
  EXPORT_UNTRUSTED: {
    kind: 'permission-denied',
    title: 'The code of an exported run would be carried out, and nobody whom you trust signed it.',
    hint: 'Trust its keys (mlspec keys trust), or allow it with --untrusted where you know where it comes from.',
  },
  EXPORT_NOT_REPRODUCIBLE: {
    kind: 'invalid-input',
    title: 'An exported run cannot be carried out again: it needs what neither its folder nor your files hold.',
    hint: 'Name with --files the folder that holds what is missing, under the same names.',
  },
  EXPORT_FORMAT_UNKNOWN: {
    kind: 'usage',
    title: 'A run cannot be written in a format of this name.',
    hint: 'Name one of the formats that mlspec export --help lists.',
  },
  REPORT_TEMPLATE_UNKNOWN: {
    kind: 'usage',
    title: 'There is no template of this name and no such file.',
    hint: 'Name a template that comes with the program, or a file of your own.',
  },
  REPORT_TEMPLATE_BAD: {
    kind: 'invalid-input',
    title: 'A template of a governance report has not its form.',
    hint: 'Correct what the findings say; docs/reference/governance.md has the form.',
  },
  REPORT_ANSWERS_BAD: {
    kind: 'invalid-input',
    title: 'A file of answers to a governance report has not its form, or answers cells that the template has not.',
    hint: 'Correct what the findings say; a report shows the ids of its cells.',
  },
  EXPORT_NOTHING: {
    kind: 'invalid-input',
    title: 'A run made nothing that a format speaks of.',
    hint: 'Choose another run, or another format.',
  },
  ORIGINAL_NOT_FOUND: {
    kind: 'not-found',
    title: 'There is nothing where import was told to look that it can take over.',
    hint: 'Give a YAML or JSON file of the original MLSpec or a folder of them, mlflow.db, a postgres:// address or folder mlruns of MLflow, a folder of TensorBoard event files, of Weights & Biases offline runs, or of an export of Neptune.',
  },
  ORIGINAL_TOO_MANY: {
    kind: 'resource-exhausted',
    title: 'More files or documents were given to import than it takes at once.',
    hint: 'Import them in several parts: each becomes a run of its own.',
  },
  IMPORT_NO_SOURCE: {
    kind: 'not-found',
    title: 'There is nothing of another tracker where import was told to look.',
    hint: 'Of MLflow give the SQLite file that stands behind sqlite:/// in --backend-store-uri, a folder mlruns, or a postgres:// address; of others the folder into which they wrote.',
  },
  IMPORT_UNKNOWN_SCHEMA: {
    kind: 'precondition-failed',
    title: 'A database of MLflow has a schema that is not known.',
    hint: 'Bring an older one up to date with mlflow db upgrade, on a copy; for a newer one update mlspec.',
  },
  EXEC_INPUT_MISSING: {
    kind: 'not-found',
    title: 'An input that a command was declared to read is not there.',
    hint: 'Correct the path that follows --in.',
  },
  EXEC_OUTPUT_MISSING: {
    kind: 'user-code',
    title: 'A command ended well and did not write an output that it was declared to write.',
    hint: 'Correct the path that follows --out or --metrics, or what the command writes.',
  },
  EXEC_BAD_METRICS: {
    kind: 'user-code',
    title: 'The metrics file of a command is no JSON document with numbers.',
    hint: 'Write one JSON object of names and numbers.',
  },
  SERVE_NOTHING: {
    kind: 'not-found',
    title: 'There is no package of the given name to serve.',
    hint: 'Make one with mlspec release; mlspec ls models lists what is registered.',
  },
  STATUS_CANNOT_LISTEN: {
    kind: 'unavailable',
    title: 'The port of --http cannot be listened on.',
    hint: 'Choose another port, or 0 for any free one.',
  },
  DEBUG_NOT_POSSIBLE: {
    kind: 'usage',
    title: 'A step cannot be run under a debugger.',
    hint: 'Debug a step that is carried out in Python or TypeScript, one at a time.',
  },
  DEBUG_INPUT_NOT_RECORDED: {
    kind: 'precondition-failed',
    title: 'What a step reads has not been made yet, or would be made anew.',
    hint: 'Run mlspec run --until with the step before it.',
  },
  METRIC_UNKNOWN: {
    kind: 'not-found',
    title: 'A run has no metric of that name.',
    hint: 'mlspec metrics shows the metrics of a run; evaluation.metrics adds further ones.',
  },
  METRICS_NOT_RECORDED: {
    kind: 'precondition-failed',
    title: 'A run has no evaluation.',
    hint: 'Name another run (mlspec ls), or carry the evaluation out with mlspec run.',
  },
  CLI_USAGE: {
    kind: 'usage',
    title: "The command line is not of the command's form.",
    hint: 'Run the command with --help to see its options and examples.',
  },
  BACKUP_NONE: {
    kind: 'not-found',
    title: 'There is no backup in a folder.',
    hint: 'Name the folder that was given to mlspec backup, or one of the backups in it.',
  },
  BACKUP_DAMAGED: {
    kind: 'corrupt',
    title: 'A backup is not as it was written: a file is missing, cut or changed. Nothing was restored.',
    hint: 'Take another backup of the same folder, or another copy of this one.',
  },
  BACKUP_NEWER: {
    kind: 'precondition-failed',
    title: 'A backup was made by a newer version of this program.',
    hint: 'Restore it with that version or a newer one.',
  },
  BACKUP_TARGET_TAKEN: {
    kind: 'already-exists',
    title: 'The place that a backup was to be restored to holds something already.',
    hint: 'Restore to an empty place: another folder, or an empty database; then move it where it belongs.',
  },
  BACKUP_INCOMPLETE: {
    kind: 'unavailable',
    title: 'Content that the tables name was not in the store, or was removed while the backup was made.',
    hint: 'Make the backup again; if the same content is missing again, the store has lost it.',
  },
} as const satisfies Record<string, CatalogueEntry>;
