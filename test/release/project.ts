import { createProject, type Ended, type Project } from '../engine/project.ts';

/** A release as its last line of `--json` tells it. */
export interface Released {
  readonly ended: Ended;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly gates: readonly {
    readonly gate: string;
    readonly verdict: string;
    readonly usesLeft: number;
    readonly says: string;
  }[];
  readonly objectives: Readonly<
    Record<string, { readonly value: number | null; readonly met: boolean | null; readonly reason: string | null }>
  >;
  readonly baselines: Readonly<Record<string, Readonly<Record<string, { readonly value: number | null }>>>>;
  readonly metrics: Readonly<Record<string, { readonly value: number | null }>>;
  readonly modelVersion: string | null;
  readonly failed: readonly {
    readonly step: string;
    readonly error: { readonly code: string; readonly message: string };
  }[];
}

/** A project whose model is a cut: whoever lies above it is late. No Python is needed. */
export interface ReleaseProject extends Project {
  /** Writes the declaration: the cut, the objectives and testing sections, and the rule of the split. */
  describe(cut: number, objectives: string, by?: string): Promise<void>;
  carryOut(verb: 'run' | 'release', ...args: readonly string[]): Promise<Released>;
}

const rowCount = 4_000;

/** Rows whose label is `x > 0.5`, but for every twentieth, and whose `y` is 10 x and a wave. */
function table(from: number): string {
  const rows = Array.from({ length: rowCount }, (_, index) => {
    const row = from + index;
    const x = ((row * 377) % 1000) / 1000;
    const late = row % 20 === 0 ? x <= 0.5 : x > 0.5;
    return `${row},${x},${late},${10 * x + Math.sin(row)},${x < 0.2 ? 'a' : x < 0.6 ? 'b' : 'c'}`;
  });
  return `id,x,late,y,kind\n${rows.join('\n')}\n`;
}

const train = `import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
export async function train(context) {
  const folder = context.outputs['model'].path;
  const { cut, classes, answer } = context.params;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ cut }));
  writeFileSync(join(folder, 'model.ts'), 'export function predict({ cut }: { cut: number }, columns: Record<string, number[]>): object { ' + answer + ' }');
  const mlspec = { format: 1, library: 'typescript', data: 'model.json', file: 'model.ts', features: ['x'], classes };
  writeFileSync(join(folder, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
}
`;

/** What the training of a project of some kind of task is given. */
export interface TaskOfProject {
  readonly task: string;
  readonly classes: string;
  /** The body of the model's \`predict\`, over \`cut\` and \`columns.x\`. */
  readonly answer: string;
}

const binary: TaskOfProject = {
  task: '{kind: binary, label: late, key: [id]}',
  classes: '[false, true]',
  answer:
    'const s = columns.x!.map((x) => (x > cut ? 0.9 : 0.1)); return { score_0: s.map((one) => 1 - one), score_1: s };',
};

/** Makes the project in a temporary folder. */
export async function createReleaseProject(of: TaskOfProject = binary): Promise<ReleaseProject> {
  const project = await createProject();
  await project.write('train.ts', train);
  await project.write('d.csv', table(0));
  return {
    ...project,
    describe: async (cut, objectives, by = 'hash') =>
      await project.write(
        'mlspec.yaml',
        `mlspec: 1
name: cuts
task: ${of.task}
ingestion: {sources: {d: {csv: d.csv}}}
features: {include: [x]}
splitting: {by: ${by}, parts: {train: 30%, validation: 30%, test: 40%}, sealed: [test]}
transformation: {x: x}
training: {typescript: train.ts#train, params: {cut: ${cut}, classes: ${of.classes}, answer: ${JSON.stringify(of.answer)}}}
packaging: {format: [mlmodel]}
${objectives}`,
      ),
    carryOut: async (verb, ...args) => {
      const ended = await project.mlspec([verb, '--json', ...(verb === 'release' ? ['--yes'] : []), ...args]);
      const last = ended.stdout.trim().split('\n').at(-1) ?? '';
      const result = last.startsWith('{') ? (JSON.parse(last) as { type: string }) : null;
      if (result?.type !== 'result') throw new Error(`${ended.code}: ${last}\n${ended.stderr}`);
      return { ...(result as unknown as Released), ended };
    },
  };
}

/** A table like the project's, from some id on; rows of other ids are other rows. */
export function rowsFrom(id: number): string {
  return table(id);
}
