import { basename } from 'node:path';
import { priceGate } from '../../model-ci/index.ts';
import { parseSpec, resolveSpec } from '../../spec/index.ts';
import { quoteIdentifier } from '../../tables/index.ts';
import type { ChosenColumn, ChosenTask } from './choose-task.ts';
import type { DataSurvey } from './survey.ts';

/** What a declaration is written from. */
export interface DeclarationInput {
  readonly name: string;
  readonly survey: DataSurvey;
  readonly task: ChosenTask;
  /** The data as the declaration names it: relative to its folder. */
  readonly dataPath: string;
  /** The JSON Schema of declarations, for editors, relative to the declaration. */
  readonly schemaPath: string;
  /** The schema of the dataset, relative to the declaration. */
  readonly tableSchemaPath: string;
}

/** A declaration, and what was decided about its gate. */
export interface WrittenDeclaration {
  readonly text: string;
  /** Examples that the gate needs in its part, and rows that the whole table then needs; null for regressions. */
  readonly rowsNeeded: number | null;
  readonly hasGate: boolean;
}

const testShare = 0.2;

/** The first declaration of a project as YAML with comments. A gate is declared only where the test part can decide it. */
export async function writeDeclaration(input: DeclarationInput): Promise<WrittenDeclaration> {
  const withGate = render(input, gatedObjectives());
  if (input.task.kind === 'regression') {
    return { text: render(input, regressionObjectives()), rowsNeeded: null, hasGate: false };
  }
  const examplesNeeded = await priceOf(withGate);
  const rowsNeeded = Math.ceil(examplesNeeded / testShare);
  const hasGate = input.survey.rowCount * testShare >= examplesNeeded * 1.05;
  return {
    text: hasGate ? withGate : render(input, measuredObjectives(examplesNeeded, rowsNeeded)),
    rowsNeeded,
    hasGate,
  };
}

async function priceOf(text: string): Promise<number> {
  const { spec } = resolveSpec(await parseSpec(text, { file: 'mlspec.yaml' }));
  return spec === null ? Number.POSITIVE_INFINITY : priceGate(spec, 'promotion').rowsNeeded;
}

interface Objectives {
  readonly lines: readonly string[];
  readonly sealed: boolean;
}

function gatedObjectives(): Objectives {
  return {
    sealed: true,
    lines: [
      'objectives:',
      '  gates:',
      '    promotion: {on: test, reliability: 0.95, uses: 1}   # mlspec check says what it costs',
      '  baselines: {trivial: majority}',
      '  require:',
      '    better: new.accuracy - trivial.accuracy > 0 +/- 0.1',
    ],
  };
}

function measuredObjectives(examplesNeeded: number, rowsNeeded: number): Objectives {
  const count = (value: number): string => value.toLocaleString('en');
  return {
    sealed: false,
    lines: [
      '# Measured, not certified: a gate at reliability 0.95 that tells a difference of accuracies to +/- 0.1 needs',
      `# ${count(examplesNeeded)} examples in the test part, so it can certify from about ${count(rowsNeeded)} rows on.`,
      'objectives:',
      '  baselines: {trivial: majority}',
      '  require:',
      '    better: {that: new.accuracy - trivial.accuracy > 0, gate: measured}',
    ],
  };
}

function regressionObjectives(): Objectives {
  return {
    sealed: false,
    lines: [
      '# Measured, not certified: the error of a regression has no greatest value, so no number of rows certifies it.',
      'objectives:',
      '  baselines: {trivial: mean}',
      '  require:',
      '    better: {that: new.rmse / trivial.rmse < 1, gate: measured}',
    ],
  };
}

function render(input: DeclarationInput, objectives: Objectives): string {
  const { task } = input;
  const lines = [
    `# yaml-language-server: $schema=${input.schemaPath}`,
    'mlspec: 1',
    `name: ${scalar(input.name)}`,
    `description: ${scalar(`Predicts ${task.label.from.name} from ${basename(input.survey.path)}.`)}`,
    ...taskLines(task),
    ...objectives.lines,
    ...ingestionLines(input),
    ...splittingLines(task, objectives.sealed),
    `validation: {schema: ${scalar(input.tableSchemaPath)}}`,
    'transformation:',
    ...task.unused.map(({ name, reason }) => `  # ${name} is left out: ${reason}`),
    ...task.features.map(({ name, expression }) => `  ${scalar(name)}: ${expression}`),
    'training:',
    '  python: train.py:train',
    '  environment: requirements.txt',
    '  params: {rounds: 100, learning_rate: 0.1}',
    'evaluation: {on: validation}',
    ...(objectives.sealed ? ['testing: {gates: [promotion]}'] : []),
    'packaging: {format: [mlmodel]}',
  ];
  return `${lines.join('\n')}\n`;
}

function taskLines(task: ChosenTask): string[] {
  return [
    'task:',
    `  kind: ${task.kind}`,
    `  label: ${scalar(task.label.name)}`,
    ...(task.positive === null ? [] : [`  positive: ${scalar(task.positive)}`]),
    `  key: [${scalar(task.key)}]${task.isRowNumber ? '              # no column names rows, so their number does' : ''}`,
    ...(task.time === null ? [] : [`  time: ${scalar(task.time)}`]),
  ];
}

function ingestionLines(input: DeclarationInput): string[] {
  const { task, survey } = input;
  const options = Object.keys(survey.options).length === 0 ? '' : `, options: ${flow(survey.options)}`;
  return [
    ...task.columns.flatMap(({ from }) => (from.note === null ? [] : [`# ${from.note}.`])),
    'ingestion:',
    `  sources: {data: {${survey.format}: ${scalar(input.dataPath)}${options}}}`,
    '  query: |',
    ...firstQuery(task).map((line) => `    ${line}`),
  ];
}

/** The lines of the query that makes the dataset: every column with its name, times made of texts, no row without a label. */
export function firstQuery(task: ChosenTask): string[] {
  const number = task.isRowNumber ? [`row_number() over () as ${task.key}`] : [];
  const columns = [...number, ...task.columns.map((column) => selected(column))];
  return [
    'select',
    ...columns.map((column, index) => `  ${column}${index + 1 < columns.length ? ',' : ''}`),
    'from data',
    ...(task.label.from.missingCount > 0 ? [`where ${quoteIdentifier(task.label.from.name)} is not null`] : []),
  ];
}

function selected({ name, from }: ChosenColumn): string {
  const column = quoteIdentifier(from.name);
  const as = quoteIdentifier(name);
  if (from.reading !== null) return `${from.reading} as ${as}`;
  if (from.type === 'boolean') return `cast(${column} as integer) as ${as}`;
  return from.name === name ? column : `${column} as ${as}`;
}

function flow(options: DataSurvey['options']): string {
  return `{${Object.entries(options).map(([name, values]) => `${name}: ${JSON.stringify(values)}`)}}`;
}

function splittingLines(task: ChosenTask, sealed: boolean): string[] {
  const by = task.isStratified ? `stratified(${task.label.name})` : 'hash';
  return [
    ...(task.time === null
      ? []
      : [`# Where the model is to predict what comes later, split by: time(${task.time}) instead.`]),
    'splitting:',
    `  by: ${by}`,
    '  parts: {train: 60%, validation: 20%, test: 20%}',
    ...(sealed ? ['  sealed: [test]'] : []),
  ];
}

/** A value as YAML writes it on one line. */
function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain = /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
