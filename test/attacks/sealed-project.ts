import { randomBytes } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createProject, type Ended, endOf, type Project } from '../engine/project.ts';
import type { Marks } from './search-files.ts';

const rowCount = 4_000;
/** Rows of the sealed part: the last ones in time. No open part has as many. */
export const sealedRows = 1_200;

/** How a release differs from the usual. */
export interface Declared {
  /** Where the model cuts sealed rows: 10.5 is right, 99.5 calls all of them early. Of open rows it says the same. */
  readonly far?: number;
  readonly feedback?: 'none' | 'first_change' | 'full';
  readonly uses?: number;
  /** Instead of the gate `promotion`. */
  readonly gates?: string;
  /** Named datasets. */
  readonly datasets?: string;
  /** What is required of the model. */
  readonly require?: string;
  /** Further checks of validation, each with a comma before it. */
  readonly checks?: string;
  /** TypeScript that the model carries out before it answers `columns`, with \`fs\` and \`path\` at hand. */
  readonly modelCode?: string;
  /** Further sections. */
  readonly more?: string;
}

/** A gate as the last line of a release tells it. */
export interface ToldGate {
  readonly gate: string;
  readonly verdict: string;
  readonly usesLeft: number;
  readonly says: string;
  readonly isolation: string;
  readonly exposed: readonly string[];
}

/** What a command with `--json` told last. */
export interface Told {
  readonly ended: Ended;
  readonly state: string;
  readonly gates: readonly ToldGate[];
  readonly modelVersion: string | null;
  readonly failed: readonly { readonly step: string; readonly error: { code: string; message: string } | null }[];
}

/** A project whose sealed rows can be told from all others wherever they turn up. */
export interface SealedProject extends Project {
  /** Stands in every sealed row of this project and of its copies, and nowhere else. Programs that look for it read it from the file `canary` beside the project. */
  readonly canary: string;
  readonly marks: Marks;
  describe(declared?: Declared): Promise<void>;
  /** Carries a verb out with `--json`. */
  tell(verb: 'run' | 'release', args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Told>;
  /** The same project, state and keys in another folder. */
  copy(): Promise<SealedProject>;
}

/** Open rows have x from 0 to 1, sealed ones from 10 to 11; in both the upper half is late, but for every twentieth row. */
function table(canary: string): string {
  const rows = Array.from({ length: rowCount }, (_, index) => {
    const sealed = index >= rowCount - sealedRows;
    const [x, late] = drawn(index);
    const id = (sealed ? 700_000_000 : 1_000) + index;
    return `${id},${index},${sealed ? 10 + x : x},${sealed ? `${canary}-${id}` : `open-${id}`},${late}`;
  });
  return `id,t,x,note,late\n${rows.join('\n')}\n`;
}

function drawn(index: number): readonly [number, boolean] {
  const x = ((index * 377) % 1000) / 1000;
  return [x, index % 20 === 0 ? x <= 0.5 : x > 0.5];
}

/** How many sealed rows a model that cuts at `far` answers rightly. */
export function rightAnswers(far: number): number {
  const indexes = Array.from({ length: sealedRows }, (_, place) => rowCount - sealedRows + place);
  return indexes.filter((index) => {
    const [x, late] = drawn(index);
    return 10 + x > far === late;
  }).length;
}

const train = `import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
export async function train(context) {
  const folder = context.outputs['model'].path;
  const { far, code } = context.params;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ far }));
  writeFileSync(join(folder, 'model.ts'), 'import * as fs from "node:fs"; import * as path from "node:path";\\n' +
    'export async function predict({ far }, columns) {\\n' + code +
    '\\nconst s = columns.x.map((x) => (x > (x < 5 ? 0.5 : far) ? 0.9 : 0.1)); return { score_0: s.map((one) => 1 - one), score_1: s }; }');
  const mlspec = { format: 1, library: 'typescript', data: 'model.json', file: 'model.ts', features: ['x'], classes: [false, true] };
  writeFileSync(join(folder, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
}
`;

function declaration(declared: Declared): string {
  const { far = 10.5, feedback = 'full', uses = 4, modelCode = '', more = '' } = declared;
  const { require = '{right: accuracy > 0.7 +/- 0.1}' } = declared;
  const { gates = `{promotion: {on: test, reliability: 0.9, uses: ${uses}, feedback: ${feedback}}}` } = declared;
  return `mlspec: 1
name: cuts
task: {kind: binary, label: late, key: [id], time: t}
objectives:
  gates: ${gates}
  require: ${require}
ingestion: {sources: {rows: {csv: rows.csv}}, datasets: ${declared.datasets ?? '{}'}}
features: {include: [x]}
splitting: {by: time(t), parts: {train: 50%, validation: 20%, test: 30%}, sealed: [test]}
validation: {checks: [x between 0 and 1${declared.checks ?? ''}]}
transformation: {x: x}
training: {typescript: train.ts#train, params: {far: ${far}, code: ${JSON.stringify(modelCode)}}}
testing: {gates: [${declared.gates === undefined ? 'promotion' : 'first, second'}]}
packaging: {format: [mlmodel]}
${more}`;
}

/** Makes the project in a temporary folder. */
export async function createSealedProject(declared: Declared = {}): Promise<SealedProject> {
  const project = await createProject();
  const canary = `CANARY${randomBytes(6).toString('hex')}`;
  await project.write('rows.csv', table(canary));
  await project.write('../canary', canary);
  await project.write('train.ts', train);
  const made = extend(project, canary);
  await made.describe(declared);
  return made;
}

function extend(project: Project, canary: string): SealedProject {
  return {
    ...project,
    canary,
    marks: { canary, sealedRows },
    describe: async (declared = {}) => await project.write('mlspec.yaml', declaration(declared)),
    tell: async (verb, args = [], env = {}) => toldBy(await project.mlspec([verb, '--json', ...args], env)),
    copy: async () => await copyOf(project, canary),
  };
}

/** What a command that was started with `--json` told, once it has ended. */
export async function toldOf(child: Parameters<typeof endOf>[0]): Promise<Told> {
  return toldBy(await endOf(child));
}

function toldBy(ended: Ended): Told {
  const last = ended.stdout.trim().split('\n').at(-1) ?? '';
  const result = last.startsWith('{') ? (JSON.parse(last) as { type: string }) : null;
  if (result?.type !== 'result') throw new Error(`ended with ${ended.code}: ${last}\n${ended.stderr}`);
  return { ...(result as unknown as Told), ended };
}

async function copyOf(project: Project, canary: string): Promise<SealedProject> {
  const fresh = await createProject();
  await rm(join(fresh.root, '..'), { recursive: true });
  await cp(join(project.root, '..'), join(fresh.root, '..'), { recursive: true });
  return extend(fresh, canary);
}
