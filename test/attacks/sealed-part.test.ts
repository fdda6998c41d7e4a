/*
 * A developer who wants to see the sealed part, what was measured on it, or more of a verdict than was promised: through
 * a step, the store, the record, the log, the command line, exit codes and the model itself. Everything is a real
 * project, carried out by the program.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDuckDb } from '../../src/tables/index.ts';
import { gapOfKnownAnswers } from './answer-times.ts';
import { answers, differences, storedTexts, toldLines } from './everything-told.ts';
import { createSealedProject, rightAnswers, type SealedProject, sealedRows } from './sealed-project.ts';
import { filesBelow, findSealed, type Marks } from './search-files.ts';

const slow = { timeout: 600_000 };

/** The commands that read the record. */
const questions = [
  ['show', 'latest', '--json'],
  ['show', 'latest', 'testing/promotion', '--json'],
  ['show', 'latest', 'testing/promotion', '--logs'],
  ['show', 'latest', 'testing/promotion', '--output', 'verdict'],
  ['show', 'latest', 'testing/promotion', '--output', 'sealed_report', '--to', 'report.sealed'],
  ['show', 'latest', 'splitting', '--output', 'test', '--to', 'test.sealed'],
  ['ls', 'models', '--json'],
  ['ls', 'artifacts', '--json'],
  ['metrics', '--slices', '--json'],
  ['diff', 'latest~1', 'latest', '--all', '--json'],
  ['lineage', 'latest/testing/promotion/verdict', '--json'],
  ['why', 'testing/promotion', '--json'],
  ['report', 'latest', '--out', 'report.html'],
  ['debug', 'testing/promotion'],
  ['gate', 'status', '--json'],
  ['gate', 'open', 'promotion'],
] as const;

const made: SealedProject[] = [];
async function copyOf(project: SealedProject): Promise<SealedProject> {
  made.push(await project.copy());
  return made.at(-1)!;
}
async function removeAll(): Promise<void> {
  for (const project of made.splice(0)) await project.remove();
}

/** Where sealed rows and the canary stand by the nature of the test. */
function knownHere({ root }: SealedProject): string[] {
  return [join(root, 'rows.csv'), join(root, '..', 'canary')];
}

async function searched(paths: readonly string[], marks: Marks): Promise<string[]> {
  const engine = await createDuckDb();
  try {
    return await findSealed(paths, marks, (sql) => engine.rows(sql));
  } finally {
    await engine.close();
  }
}

const search = fileURLToPath(new URL('search-files.ts', import.meta.url));
const spy = `import { filesBelow, findSealed } from ${JSON.stringify(search)};
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
export async function spy(context) {
  const { root, sealedRows } = context.params;
  const canary = readFileSync(join(root, 'canary'), 'utf8');
  const engine = await context.tables();
  const inputs = Object.values(context.inputs).flat().map((input) => input.path);
  const attempt = dirname(context.workDir);
  const paths = filesBelow([root, attempt, ...inputs, process.env.TMPDIR, '/dev/shm'], [join(root, 'canary')]);
  const found = await findSealed(paths, { canary, sealedRows }, (sql) => engine.rows(sql));
  writeFileSync(context.outputs['found'].path, JSON.stringify({ searched: paths.length, found }));
}
`;

function spying(project: SealedProject): string {
  const root = join(project.root, '..');
  return `steps:
  spy:
    typescript: spy.ts#spy
    cache: false
    needs: [evaluation]
    inputs: {split: splitting.split, train: splitting.train, report: ingestion.report, model: training.model}
    params: {root: ${root}, sealedRows: ${sealedRows}}
    outputs: {found: Report}
`;
}

let base: SealedProject;
beforeAll(async () => {
  base = await createSealedProject({ far: 10.4 });
  expect((await base.tell('run')).state).toBe('COMPLETE');
});
afterAll(async () => await base.remove());
afterEach(removeAll);

describe('through a step', () => {
  it(
    'that searches its inputs, its folder, the state and the store: the raw source alone holds sealed rows',
    slow,
    async () => {
      const project = await copyOf(base);
      await project.write('spy.ts', spy);
      await project.describe({ more: spying(project) });
      expect((await project.tell('release')).state).toBe('COMPLETE');
      expect((await project.tell('run', ['--only', 'spy'])).state).toBe('COMPLETE');
      const told = await project.mlspec(['show', 'latest', 'spy', '--output', 'found']);
      const { searched: count, found } = JSON.parse(told.stdout) as { searched: number; found: string[] };
      expect(count).toBeGreaterThan(50);
      expect(found).toEqual([`${join(project.root, 'rows.csv')}: the canary`]);
    },
  );

  it.each([
    'splitting.test',
    'ingestion.dataset',
    '{from: splitting.test, type: Any}',
    '[splitting.train, splitting.test]',
  ])('that asks for %s: a finding, before anything runs', slow, async (from) => {
    const project = await copyOf(base);
    await project.write('spy.ts', spy);
    await project.describe({
      more: `steps: {spy: {typescript: spy.ts#spy, inputs: {part: ${from}}, outputs: {found: Report}}}`,
    });
    const { code, stderr } = await project.mlspec(['run']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/plan\/type-mismatch[\s\S]*sealed part can be read by gates alone/),
    ]);
  });
});

describe('through everything that is written and told', () => {
  it('of a release with feedback full there is the bit, and nothing that was measured', slow, async () => {
    const project = await copyOf(base);
    await project.describe({ far: 10.42 });
    const told = await project.tell('release');
    expect(told.gates).toMatchObject([{ verdict: 'pass', usesLeft: 3 }]);
    const right = rightAnswers(10.42);
    const measures = [
      String(right / sealedRows).slice(0, 7),
      `${right}/`,
      `:${right},`,
      `:${right}}`,
      `:${sealedRows - right},`,
    ];
    const marks = { ...project.marks, measures };
    const said = await answers(project, questions);
    await writeFile(join(project.root, '..', 'told'), `${told.ended.stdout}\n${told.ended.stderr}\n${said.join('\n')}`);
    const paths = filesBelow([join(project.root, '..')], knownHere(project));
    expect(await searched(paths, marks)).toEqual([]);
    expect(said.join('\n')).toMatch(/DEBUG_NOT_POSSIBLE[^\n]*testing\/promotion[^\n]*sealed data/);
    expect(said.join('\n')).toContain('GATE_STILL_SEALED');
  });

  it('a model that passes and one that fails cannot be told apart with feedback none', slow, async () => {
    const right = await copyOf(base);
    await right.describe({ feedback: 'none', far: 10.5 });
    const wrong = await copyOf(base);
    await wrong.describe({ feedback: 'none', far: 99.5 });
    const [passed, failed] = [await right.tell('release'), await wrong.tell('release')];
    expect([passed.ended.code, passed.gates[0]!.verdict]).toEqual([0, 'withheld']);
    expect(differences(toldLines(passed), toldLines(failed))).toEqual([]);
    expect(differences(storedTexts(right), storedTexts(wrong))).toEqual([]);
    expect(differences(await answers(right, questions), await answers(wrong, questions))).toEqual([]);
    // Whoever changes the declaration afterwards learns no more of what was decided before.
    await right.describe({ feedback: 'full', far: 10.5 });
    await wrong.describe({ feedback: 'full', far: 99.5 });
    const status = [['gate', 'status', '--json']] as const;
    expect(differences(await answers(right, status), await answers(wrong, status))).toEqual([]);
    // The test would see a bit: the owner, who ends the use of the part, does.
    const retire = [['gate', 'retire', 'promotion', '--yes']] as const;
    expect(differences(await answers(right, retire), await answers(wrong, retire)).join('\n')).toMatch(
      /pass[\s\S]*fail/,
    );
  });
});

describe('through the clock', () => {
  it('an answer that is known already takes as long for a pass as for a fail', slow, async () => {
    const [passes, fails] = [await copyOf(base), await copyOf(base)];
    const feedback = 'none' as const;
    const asked = [
      [passes, { feedback, far: 10.5 }],
      [fails, { feedback, far: 99.5 }],
    ] as const;
    // Neither all slower nor all faster than the other, or by less than a twentieth of a second.
    expect(await gapOfKnownAnswers(asked, 'withheld')).toBeLessThan(50);
  });
});

/** What a model does that wants to tell of the rows that it is asked about; open rows have x below 5. */
const talkative = {
  'prints them': 'if (columns.x[0] > 5) { console.log("SEEN" + columns.x); console.error("SEEN" + columns.x); }',
  'refuses to answer and says why': 'if (columns.x[0] > 5) throw new Error("SEEN" + columns.x);',
  'ends with their values':
    'if (columns.x[0] > 5) { console.error("SEEN" + columns.x); process.exit(Math.round(columns.x[0])); }',
  'answers what is no answer':
    'if (columns.x[0] > 5) return { score_0: columns.x.map(() => NaN), score_1: ["SEEN" + columns.x] };',
} as const;

describe('through the model', () => {
  it.each(Object.entries(talkative))('that %s: nothing of it is told', slow, async (what, modelCode) => {
    const project = await copyOf(base);
    await project.describe({ modelCode });
    const told = await project.tell('release');
    const isAnswer = what === 'prints them';
    expect(told.gates).toMatchObject([{ verdict: isAnswer ? 'pass' : 'fail', usesLeft: 3 }]);
    expect(told.ended.code).toBe(isAnswer ? 0 : 3);
    const logs = await answers(project, [['show', 'latest', 'testing/promotion', '--logs']]);
    await writeFile(join(project.root, '..', 'told'), `${told.ended.stdout}\n${told.ended.stderr}\n${logs.join('\n')}`);
    const measures = ['SEEN10', 'SEEN 10', '1199 more', 'code 10'];
    const paths = filesBelow([join(project.root, '..')], knownHere(project));
    expect(await searched(paths, { ...project.marks, measures })).toEqual([]);
    // The same model again: the same bit, and no further use.
    expect((await project.tell('release', ['--force', 'testing'])).gates).toMatchObject(told.gates);
  });

  it('that looks for the labels of the rows it is asked about finds no file of them', slow, async () => {
    const project = await copyOf(base);
    const found = join(project.root, '..', 'found-by-the-model');
    const modelCode = `if (columns.x[0] > 5) {
      const { filesBelow, findSealed } = await import(${JSON.stringify(search)});
      const { createDuckDb } = await import(${JSON.stringify(fileURLToPath(new URL('../../src/tables/index.ts', import.meta.url)))});
      const engine = await createDuckDb();
      const fds = fs.readdirSync("/proc").filter((id) => /^\\\\d+$/.test(id)).flatMap((id) => { try { return fs.readdirSync("/proc/" + id + "/fd").map((fd) => "/proc/" + id + "/fd/" + fd); } catch { return []; } });
      const held = fds.filter((fd) => { try { const to = fs.readlinkSync(fd); return to.includes(${JSON.stringify(project.root)}) && fs.statSync(fd).isFile(); } catch { return false; } });
      const paths = [...filesBelow([path.join(process.cwd(), ".mlspec"), process.env.TMPDIR]), ...held];
      const found = await findSealed(paths, { canary: fs.readFileSync(${JSON.stringify(join(project.root, '..', 'canary'))}, "utf8"), sealedRows: -1 }, (sql) => engine.rows(sql));
      fs.writeFileSync(${JSON.stringify(found)}, JSON.stringify({ searched: paths.length, held: held.length, found }));
    }`;
    await project.describe({ modelCode });
    expect((await project.tell('release')).gates).toMatchObject([{ verdict: 'pass' }]);
    const answer = JSON.parse(await readFile(found, 'utf8')) as { searched: number; held: number; found: string[] };
    expect(answer.searched).toBeGreaterThan(30);
    expect(answer.found).toEqual([]);
    await rm(found);
  });
});
