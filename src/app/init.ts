import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { pathExists } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { specJsonSchema } from '../spec/index.ts';
import type { DataSurvey } from './init/survey.ts';

export { findTables } from './data/find-tables.ts';
export { whyNoLabel } from './init/label.ts';
export type { DataSurvey, SurveyedColumn } from './init/survey.ts';

/** Reads a file once and says what is in each of its columns; see init/survey-data.ts. */
export async function surveyData(path: string, signal?: AbortSignal): Promise<DataSurvey> {
  return await (await import('./init/survey-data.ts')).surveyData(path, signal);
}

/** What a new project is made from. */
export interface InitRequest {
  readonly survey: DataSurvey;
  /** The column to predict; null: the last one. */
  readonly label: string | null;
  /** Where to write. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** What was written and decided. */
export interface InitResult {
  readonly files: readonly string[];
  readonly name: string;
  readonly kind: 'binary' | 'multiclass' | 'regression';
  readonly label: string;
  readonly key: string;
  readonly time: string | null;
  readonly featureCount: number;
  readonly rowCount: number;
  /** What a person should look at in what was decided. */
  readonly notes: readonly string[];
  readonly hasGate: boolean;
  /** Rows from which on a gate can certify; null where none can. */
  readonly gateFromRows: number | null;
}

/**
 * Writes a project that runs as it stands: declaration, schema of the data, training, requirements. Nothing that exists is overwritten.
 * @throws PlatformError INIT_FILE_EXISTS before anything is written; INIT_BAD_LABEL, INIT_NOTHING_TO_LEARN
 */
export async function initProject(request: InitRequest): Promise<InitResult> {
  const [{ chooseTask }, { firstQuery, writeDeclaration }, { writeTableSchema }, { requirementsText, writeTraining }] =
    await Promise.all([
      import('./init/choose-task.ts'),
      import('./init/write-declaration.ts'),
      import('./init/write-schema.ts'),
      import('./init/write-training.ts'),
    ]);
  const folder = resolve(request.folder);
  const task = chooseTask(request.survey, request.label);
  const name = projectName(folder, request.survey);
  const tableSchema = `${name}.schema.yaml`;
  const declaration = await writeDeclaration({
    name,
    survey: request.survey,
    task,
    dataPath: relative(folder, request.survey.path).split(sep).join('/'),
    schemaPath: '.mlspec/mlspec.schema.json',
    tableSchemaPath: tableSchema,
  });
  await refuseExisting(folder, ['mlspec.yaml', tableSchema, 'train.py', 'requirements.txt']);
  const files = new Map([
    ['mlspec.yaml', declaration.text],
    [tableSchema, await writeTableSchema(task, firstQuery(task).join('\n'), request)],
    ['train.py', writeTraining(task.kind)],
    ['requirements.txt', requirementsText],
  ]);
  for (const [file, text] of files) await writeFile(join(folder, file), text, { flag: 'wx' });
  await writeSchema(folder);
  const ignored = await writeFile(join(folder, '.gitignore'), '.mlspec/\n__pycache__/\n', { flag: 'wx' }).then(
    () => ['.gitignore'],
    () => [],
  );
  return {
    files: [...files.keys(), ...ignored],
    name,
    kind: task.kind,
    label: task.label.name,
    key: task.key,
    time: task.time,
    featureCount: task.features.length,
    rowCount: request.survey.rowCount,
    notes: task.columns.flatMap(({ from }) => (from.note === null ? [] : [from.note])),
    hasGate: declaration.hasGate,
    gateFromRows: declaration.rowsNeeded,
  };
}

function projectName(folder: string, survey: DataSurvey): string {
  const stem = basename(survey.path).replace(/\..*$/, '');
  for (const candidate of [stem, basename(folder)]) {
    const name = candidate
      .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 64);
    if (name !== '') return name.toLowerCase();
  }
  return 'project';
}

async function refuseExisting(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const found: string[] = [];
  for (const name of [...names, 'mlspec.yml', 'mlspec.json']) {
    if (await pathExists(join(folder, name))) found.push(name);
  }
  if (found.length === 0) return;
  throw new PlatformError('INIT_FILE_EXISTS', {
    message: `${found.join(', ')} ${found.length === 1 ? 'exists' : 'exist'} already in ${folder}; nothing was written`,
  });
}

/** The schema for editors, in the folder that git leaves out. */
async function writeSchema(folder: string): Promise<void> {
  await mkdir(join(folder, '.mlspec'), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, '.mlspec', 'mlspec.schema.json'), `${JSON.stringify(specJsonSchema())}\n`);
}
