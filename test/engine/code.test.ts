import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProject, type Project } from './project.ts';

let project: Project;

beforeEach(async () => {
  project = await createProject();
});

afterEach(async () => await project.remove());

async function stateAfter(change: () => Promise<void>): Promise<string> {
  await change();
  const ended = await project.run();
  expect(ended.code, ended.stdout).toBe(0);
  return ended.states['make']!;
}

async function why(): Promise<string> {
  return (await project.mlspec(['why', 'make'])).stdout;
}

const languages = {
  python: {
    implementation: "python: 'jobs.py:make'",
    main: `from lib.words import words
from mlspec import OutputArtifact, Report, component

@component
def make(out: OutputArtifact[Report]):
    with open("settings.txt") as file:
        settings = file.read()
    try:
        import overrides
    except ImportError:
        overrides = None
    with open(out.path, "w") as file:
        file.write('{"words": "%s", "settings": "%s"}' % (words, settings.strip()))
`,
    mainFile: 'jobs.py',
    words: (text: string) => `words = "${text}"\n`,
    wordsFile: 'lib/words.py',
    comment: '# a comment\n',
  },
  typescript: {
    implementation: "typescript: 'jobs.ts#make'",
    main: `import { writeFileSync } from 'node:fs';
import { words } from './lib/words.ts';
export async function make(context: any): Promise<void> {
  writeFileSync(context.outputs.out.path, JSON.stringify({ words }));
}
`,
    mainFile: 'jobs.ts',
    words: (text: string) => `export const words: string = '${text}';\n`,
    wordsFile: 'lib/words.ts',
    comment: '// a comment\n',
  },
} as const;

describe.each(['python', 'typescript'] as const)('the code of a %s step', (name) => {
  const language = languages[name];

  beforeEach(async () => {
    await project.declare(`  make: {${language.implementation}, outputs: {out: Report}}\n`);
    await project.write('settings.txt', 'one\n');
    await project.write('unused.py', 'x = 1\n');
    await project.write('unused.ts', 'export const x = 1;\n');
    await project.write(language.mainFile, language.main);
    await project.write(language.wordsFile, language.words('a'));
    expect(await stateAfter(async () => undefined)).toBe('complete');
  });

  it('is what it really loaded: each such file, and no other', async () => {
    expect(await stateAfter(async () => undefined)).toBe('cached');
    expect(await stateAfter(async () => await project.write('unused.py', 'x = 2\n'))).toBe('cached');
    expect(await stateAfter(async () => await project.write('unused.ts', 'export const x = 2;\n'))).toBe('cached');
    expect(await stateAfter(async () => await project.write('new.py', 'x = 2\n'))).toBe('cached');
    expect(await stateAfter(async () => await project.write(language.wordsFile, language.words('b')))).toBe('complete');
    expect(await why()).toContain(`${language.wordsFile} changed`);
    const commented = async () => await project.write(language.mainFile, language.main + language.comment);
    expect(await stateAfter(commented)).toBe('complete');
    expect(await why()).toContain(`${language.mainFile} changed`);
  });

  it('is also what it loaded from beside the project', async () => {
    const beside = `../beside.${name === 'python' ? 'py' : 'ts'}`;
    const load = {
      python: 'import sys\nsys.path.append("..")\nimport beside\n',
      typescript: "import '../beside.ts';\n",
    };
    await project.write(beside, language.comment);
    await project.write(language.mainFile, load[name] + language.main);
    expect(await stateAfter(async () => undefined)).toBe('complete');
    expect(await stateAfter(async () => undefined)).toBe('cached');
    expect(await stateAfter(async () => await project.write(beside, language.comment.repeat(2)))).toBe('complete');
    expect(await why()).toContain(`${beside} changed`);
  });

  it('goes back to an earlier result with the earlier code', async () => {
    expect(await stateAfter(async () => await project.write(language.wordsFile, language.words('b')))).toBe('complete');
    expect(await stateAfter(async () => await project.write(language.wordsFile, language.words('a')))).toBe('cached');
    expect(await stateAfter(async () => await project.write(language.wordsFile, language.words('b')))).toBe('cached');
  });
});

describe('a python step', () => {
  beforeEach(async () => {
    await project.declare(`  make: {${languages.python.implementation}, outputs: {out: Report}}\n`);
    await project.write('settings.txt', 'one\n');
    await project.write('jobs.py', languages.python.main);
    await project.write('lib/words.py', languages.python.words('a'));
    expect(await stateAfter(async () => undefined)).toBe('complete');
  });

  it('runs again when a file of the project that it opened changed', async () => {
    expect(await stateAfter(async () => await project.write('settings.txt', 'two\n'))).toBe('complete');
    expect(await why()).toContain('settings.txt changed');
  });

  it('runs again when a module appears that it had looked for in vain', async () => {
    expect(await stateAfter(async () => await project.write('overrides.py', 'x = 1\n'))).toBe('complete');
    expect(await why()).toContain('overrides.py appeared');
  });

  it('tells what went wrong by the name of the error, with its place in the log', async () => {
    await project.write('lib/words.py', 'raise ValueError("no words today")\n');
    const ended = await project.run();
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('no words today');
    expect(ended.stdout).not.toContain('"INTERNAL"');
  });
});

it('of a Python step or command leaves no bytecode in the project, nor of programs that it starts', async () => {
  await project.declare(`  step: {python: 'jobs.py:step', outputs: {out: Report}}
  command: {command: [python3, main.py, '{outputs.out}'], outputs: {out: Any}}
`);
  await project.write('one.py', '');
  await project.write('other.py', '');
  const start =
    'import subprocess, sys\nimport one\nsubprocess.run([sys.executable, "-c", "import other"], check=True)\n';
  await project.write('main.py', `${start}open(sys.argv[1], "w").close()\n`);
  await project.write(
    'jobs.py',
    `${start}from mlspec import OutputArtifact, Report, component
@component
def step(out: OutputArtifact[Report]):
    with open(out.path, "w") as file:
        file.write("{}")
`,
  );
  expect(await project.run()).toMatchObject({ code: 0, states: { step: 'complete', command: 'complete' } });
  expect((await readdir(project.root, { recursive: true })).filter((path) => path.includes('.pyc'))).toEqual([]);
});
