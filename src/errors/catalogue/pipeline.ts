import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `pipeline/`: planning, execution keys, scheduling and launching. */
export const pipelineCodes = {
  PIPELINE_UNKNOWN_STEP: {
    kind: 'usage',
    title: 'A name given on the command line is no step and no stage of the plan.',
    hint: 'Run mlspec plan to see the names.',
  },
  PIPELINE_NOT_RECORDED: {
    kind: 'precondition-failed',
    title: 'A step that was not selected has no recorded result to feed the selected ones.',
    hint: 'Run mlspec run once without --only and --from.',
  },
  PIPELINE_STEP_FAILED: {
    kind: 'user-code',
    title: 'A step ended with an error.',
    hint: "Read the step's log with mlspec show RUN STEP --logs, or run it under a debugger with mlspec debug STEP.",
  },
  PIPELINE_OUTPUT_MISSING: {
    kind: 'user-code',
    title: 'A step ended well and left no file at one of its output ports.',
    hint: 'Write the output to the path that the step was given, or declare the output optional.',
  },
  PIPELINE_BAD_OUTPUT: {
    kind: 'user-code',
    title: 'A step left something at an output port that is no artifact of its type.',
    hint: 'Write a table as Parquet and a report as JSON, or declare the output as Any.',
  },
  PIPELINE_TIMEOUT: {
    kind: 'resource-exhausted',
    title: 'A step took longer than its declared timeout.',
    hint: "Raise timeout in the step's section, or give the step less to do.",
  },
  PIPELINE_STALLED: {
    kind: 'resource-exhausted',
    title: 'A step gave no sign of life for longer than its limit.',
    hint: 'See what it waits for; where it has reason to be silent so long, raise limits.stall.',
  },
  PIPELINE_MEMORY_LIMIT: {
    kind: 'resource-exhausted',
    title: 'A step used more memory than its declared limit.',
    hint: "Raise limits.memory in the step's section, or give the step less data.",
  },
  PIPELINE_STEP_KILLED: {
    kind: 'user-code',
    title: "A step's process was killed by a signal.",
    hint: 'If the machine ran out of memory, lower the parallelism with --jobs or the sample.',
  },
  PIPELINE_NO_SPACE: {
    kind: 'resource-exhausted',
    title: 'The disk of the folders in which steps work is full, or a quota on it.',
    hint: 'Free some space (mlspec gc shows what the store can give back), then run the command again; finished steps are not repeated.',
  },
  PIPELINE_NOT_WRITABLE: {
    kind: 'permission-denied',
    title: 'A folder in which a step works cannot be written.',
    hint: 'Check owner and permissions of the folder, and whether the file system is mounted read-only.',
  },
  PIPELINE_SECRET_MISSING: {
    kind: 'precondition-failed',
    title: 'A declared secret is not set in the environment.',
    hint: 'Set the variable and run the command again.',
  },
  PIPELINE_CONDITION: {
    kind: 'invalid-input',
    title: 'The condition of a step could not be decided.',
    hint: 'Conditions compare values of earlier steps, for example evaluation.accuracy > 0.8.',
  },
  PIPELINE_CPU_LIMIT: {
    kind: 'resource-exhausted',
    title: 'A step used more processor time than its declared limit.',
    hint: "Raise limits.cpu in the step's section, or give the step less to do.",
  },
  PIPELINE_CANNOT_START: {
    kind: 'user-code',
    title: 'The program of a step cannot be started.',
    hint: 'Check that the program is installed and on the path of the process that runs mlspec.',
  },
  PIPELINE_BAD_PLACEHOLDER: {
    kind: 'invalid-input',
    title: 'A placeholder in a command names no input, output or parameter of its step.',
    hint: 'Write {inputs.<port>}, {outputs.<port>} or {params.<name>} with a name that the step declares.',
  },
  PIPELINE_BAD_RESULT: {
    kind: 'user-code',
    title: "A step's process left no readable result document.",
    hint: 'The process may have ended itself (os._exit, a crash). Its log shows the last lines.',
  },
  PIPELINE_BAD_KEPT_FILE: {
    kind: 'user-code',
    title: 'A step says that it kept a file that is not in its folder for such files.',
    hint: 'Keep files with log_artifact in Python and context.keep in TypeScript, or put them into the folder artifacts beside the result document, without links.',
  },
} as const satisfies Record<string, CatalogueEntry>;
