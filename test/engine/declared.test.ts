import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkState, createProject, type Project, shellStep } from './project.ts';

let project: Project;

beforeEach(async () => {
  project = await createProject();
});

afterEach(async () => {
  expect(await checkState(project)).toEqual([]);
  await project.remove();
});

/** The bytes of a step's output, from the record and the store. */
async function outputOf(step: string, port = 'out'): Promise<string> {
  const digest = await project.withRecord(async (metadata) => {
    const executions = await metadata.executions((await metadata.getRun('latest')).id);
    const execution = executions.find((one) => one.step === step)!;
    const event = (await metadata.events([execution.id])).find(
      (one) => one.direction === 'OUTPUT' && one.port === port,
    )!;
    return (await metadata.artifacts([event.artifactId]))[0]!.digest;
  });
  const hex = digest.slice('sha256:'.length);
  return await readFile(join(project.root, '.mlspec', 'artifacts', 'blobs', hex.slice(0, 2), hex.slice(2)), 'utf8');
}

const value = (json: string): string => `echo '{"status":"complete","values":${json}}' > $MLSPEC_RESULT`;

describe("the project's own steps", () => {
  it('a loop, a fan-in over it, and one more value of it runs one more step', async () => {
    const text = (values: string): string =>
      shellStep('part', 'echo {params.n}{params.word} > {outputs.out}', `for_each: {n: ${values}, word: [a, b]}`) +
      shellStep('join', 'cat $(echo $MLSPEC_INPUT_PARTS | tr : " ") > {outputs.out}', 'inputs: {parts: part.out}');
    await project.declare(text('[1, 2]'));
    const ended = await project.run();
    expect(Object.keys(ended.states).sort()).toEqual([
      'join',
      'part[n=1,word=a]',
      'part[n=1,word=b]',
      'part[n=2,word=a]',
      'part[n=2,word=b]',
    ]);
    expect(await outputOf('join')).toBe('1a\n1b\n2a\n2b\n');
    await project.forgetRan();
    await project.declare(text('[1, 2, 3]'));
    await project.run();
    expect((await project.ran()).sort()).toEqual(['join', 'part', 'part']);
  });

  it('a group with its own names, made once for each value of its loop', async () => {
    await project.declare(`
  prep: {command: [sh, -c, 'echo outer > {outputs.out}'], outputs: {out: Any}}
  group:
    for_each: {n: [1, 2]}
    inputs: {word: prep.out}
    outputs: {all: Any}
    steps:
      prep: {command: [sh, -c, 'cat {inputs.w} > {outputs.out}; echo {params.n} >> {outputs.out}'], inputs: {w: word}, outputs: {out: Any}}
      end: {command: [sh, -c, 'tr "\\n" " " < {inputs.p} > {outputs.all}'], inputs: {p: prep.out}, outputs: {all: Any}}
  last: {command: [sh, -c, 'cat $(echo $MLSPEC_INPUT_ALL | tr : " ") > {outputs.out}'], inputs: {all: group.all}, outputs: {out: Any}}
`);
    const ended = await project.run();
    expect(ended.code, ended.stdout).toBe(0);
    expect(await outputOf('last')).toBe('outer 1 outer 2 ');
  });

  it('a loop in a loop in a group of a loop: each level sees the values above it, and fans in on its own', async () => {
    const text = (outer: string): string => `
  group:
    for_each: {a: ${outer}}
    outputs: {all: Any}
    steps:
      inner:
        for_each: {b: [x, y]}
        outputs: {both: Any}
        steps:
          leaf: {command: [sh, -c, 'echo leaf >> ../ran.log; echo {params.a}{params.b}{params.c} > {outputs.out}'], for_each: {c: [p, q]}, outputs: {out: Any}}
          both: {command: [sh, -c, 'cat $(echo $MLSPEC_INPUT_L | tr : " ") > {outputs.both}'], inputs: {l: leaf.out}, outputs: {both: Any}}
      all: {command: [sh, -c, 'cat $(echo $MLSPEC_INPUT_I | tr : " ") | tr "\\n" " " > {outputs.all}'], inputs: {i: inner.both}, outputs: {all: Any}}
  last: {command: [sh, -c, 'cat $(echo $MLSPEC_INPUT_G | tr : " ") > {outputs.out}'], inputs: {g: group.all}, outputs: {out: Any}}
`;
    await project.declare(text('[1, 2]'));
    const ended = await project.run();
    expect(ended.code, ended.stdout).toBe(0);
    expect(await outputOf('last')).toBe('1xp 1xq 1yp 1yq 2xp 2xq 2yp 2yq ');
    expect(await project.ran()).toHaveLength(8);
    await project.forgetRan();
    await project.declare(text('[2, 3]'));
    expect((await project.run()).code).toBe(0);
    expect(await project.ran()).toHaveLength(4);
    expect(await outputOf('last')).toBe('2xp 2xq 2yp 2yq 3xp 3xq 3yp 3yq ');
  });

  it('conditions over values of earlier steps; what depends on a skipped step is skipped, unless its input is optional', async () => {
    await project.declare(
      [
        shellStep('score', `echo 1 > {outputs.out}; ${value('{"accuracy": 0.7}')}`),
        shellStep('good', 'echo good > {outputs.out}', 'when: score.accuracy > 0.5'),
        shellStep('better', 'echo better > {outputs.out}', 'when: score.accuracy > 0.9'),
        shellStep('after', 'echo 1 > {outputs.out}', 'inputs: {in: better.out}'),
        shellStep(
          'either',
          'ls $(dirname $MLSPEC_INPUT_A) > {outputs.out}',
          'inputs: {a: good.out, b: {from: better.out, optional: true}}',
        ),
        shellStep(
          'both',
          'echo $MLSPEC_INPUT_ALL | tr : "\\n" | wc -l > {outputs.out}',
          'inputs: {all: [good.out, better.out]}',
        ),
      ].join(''),
    );
    const ended = await project.run();
    expect(ended.code, ended.stdout).toBe(0);
    expect(ended.states).toEqual({
      score: 'complete',
      good: 'complete',
      better: 'skipped',
      after: 'skipped',
      either: 'complete',
      both: 'complete',
    });
    expect((await outputOf('both')).trim()).toBe('1');
  });

  it('a condition counts also where its value comes from the record', async () => {
    const text = (least: number): string =>
      shellStep('score', `echo 1 > {outputs.out}; ${value('{"accuracy": 0.7}')}`) +
      shellStep('good', 'echo good > {outputs.out}', `when: score.accuracy > ${least}`);
    await project.declare(text(0.9));
    expect((await project.run()).states).toEqual({ score: 'complete', good: 'skipped' });
    await project.declare(text(0.5));
    expect((await project.run()).states).toEqual({ score: 'cached', good: 'complete' });
  });

  it('goes on with branches that do not depend on a failure; --fail-fast does not', async () => {
    await project.declare(
      [
        shellStep('bad', 'echo oh no >&2; touch ../failed; exit 1'),
        shellStep('behind', 'echo 1 > {outputs.out}', 'inputs: {in: bad.out}'),
        shellStep('slow', 'until [ -e ../failed ]; do sleep 0.05; done; sleep 2; echo 1 > {outputs.out}'),
        shellStep('other', 'echo 1 > {outputs.out}', 'needs: [slow]'),
      ].join(''),
    );
    const ended = await project.run(['--jobs', '4']);
    expect(ended.code).toBe(1);
    expect(ended.states).toEqual({ bad: 'failed', behind: 'skipped', slow: 'complete', other: 'complete' });
    await rm(join(project.root, '..', 'failed'));
    const fast = await project.run(['--jobs', '4', '--fail-fast', '--force']);
    expect(fast.states).toMatchObject({ bad: 'failed', other: 'skipped' });
  });

  it('never runs more steps at once than --jobs', async () => {
    const count = 'echo + >> ../at; sleep 0.3; echo - >> ../at; echo 1 > {outputs.out}';
    await project.declare(shellStep('many', count, 'for_each: {n: [1, 2, 3, 4, 5, 6, 7, 8]}'));
    await project.run(['--jobs', '3']);
    const marks = (await readFile(join(project.root, '..', 'at'), 'utf8')).trim().split('\n');
    const most = marks.reduce(
      ({ now, max }, mark) => {
        const next = now + (mark === '+' ? 1 : -1);
        return { now: next, max: Math.max(max, next) };
      },
      { now: 0, max: 0 },
    );
    expect(most.max).toBeLessThanOrEqual(3);
    expect(most.max).toBeGreaterThan(1);
  });

  it('wrong wiring is told whole, with its places, before anything runs', async () => {
    await project.declare(
      [
        shellStep('fine', 'echo 1 > {outputs.out}'),
        shellStep('lacks', 'echo 1 > {outputs.out}', 'inputs: {in: nobody.out}'),
        shellStep('unfit', 'echo 1 > {outputs.out}', 'inputs: {in: {from: splitting.train, type: Model}}'),
        shellStep('round', 'echo 1 > {outputs.out}', 'inputs: {in: about.out}'),
        shellStep('about', 'echo 1 > {outputs.out}', 'inputs: {in: round.out}'),
        shellStep('early', 'echo 1 > {outputs.out}', 'needs: [last]'),
        shellStep('last', 'echo 1 > {outputs.out}', 'verb: release'),
      ].join(''),
    );
    const checked = await project.mlspec(['check', '--json']);
    expect(checked.code).toBe(2);
    const { findings } = JSON.parse(checked.stdout) as { findings: { rule: string; path: string[] }[] };
    expect(findings.map(({ rule, path }) => [rule, path[1]])).toEqual([
      ['plan/unknown-step', 'lacks'],
      ['plan/type-mismatch', 'unfit'],
      ['plan/cycle', 'about'],
      ['plan/unreachable', 'early'],
    ]);
    const ended = await project.run();
    expect(ended.code).toBe(2);
    expect(await project.ran()).toEqual([]);
    expect(await project.withRecord((metadata) => metadata.listRuns())).toEqual([]);
  });

  it('an output that is missing is named; an optional one may be', async () => {
    await project.declare(shellStep('empty', 'true'));
    const missing = await project.run();
    expect(missing.code).toBe(1);
    expect(missing.stdout).toContain('PIPELINE_OUTPUT_MISSING');
    await project.declare(`
  some: {command: [sh, -c, 'echo 1 > {outputs.a}'], outputs: {a: Any, b: {type: Any, optional: true}}}
  use: {command: [sh, -c, 'test -z "$MLSPEC_INPUT_B"; echo 1 > {outputs.o}'], inputs: {b: {from: some.b, optional: true}}, outputs: {o: Any}}
`);
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ some: 'complete', use: 'complete' });
  });

  it('a step cannot change its inputs for others, nor write through them into the store', async () => {
    await project.declare(
      shellStep('make', 'echo 1 > {outputs.out}') +
        shellStep('vandal', 'echo 2 > {inputs.in}; echo 1 > {outputs.out}', 'inputs: {in: make.out}') +
        shellStep('honest', 'cat {inputs.in} > {outputs.out}', 'inputs: {in: make.out}\nneeds: [vandal]'),
    );
    const ended = await project.run();
    expect(ended.code, ended.stdout).toBe(0);
    expect(await outputOf('honest')).toBe('1\n');
    expect(await outputOf('make')).toBe('1\n');
  });

  it('links and pipes as outputs are refused by name', async () => {
    await project.declare(shellStep('link', 'ln -s /etc/passwd {outputs.out}'));
    const link = await project.run();
    expect(link.code).toBe(1);
    expect(link.stdout).toContain('ARTIFACT_UNSUPPORTED_FILE');
    await project.declare(shellStep('pipe', 'mkfifo {outputs.out}'));
    expect((await project.run()).stdout).toContain('ARTIFACT_UNSUPPORTED_FILE');
  });

  it.each([
    ['{"status":"complete","outputs":null,"values":null,"code":null}'],
    ['{"status":"complete","outputs":{"out":7},"values":[1]}'],
    ['{"status":"complete","outputs":{"out":{"properties":null}},"usage":"x","code":{"files":7,"absent":7}}'],
    ['not json'],
    ['{"status":"failed"}'],
    ['{"status":"complete","values":{"__proto__":{"x":1},"ok":1}}'],
  ])('a result document that is odd does no harm: %s', async (text) => {
    await project.declare(shellStep('odd', `echo 1 > {outputs.out}; printf '%s' '${text}' > $MLSPEC_RESULT`));
    const ended = await project.run();
    expect(ended.stdout).not.toContain('"INTERNAL"');
    expect(['complete', 'failed']).toContain(ended.states['odd']);
  });

  it.each([
    ['{"type":"metric","name":"m","value":null,"step":0,"atMs":1}'],
    ['{"type":"metric","name":7,"value":"x"}'],
    ['{"type":"metric","name":"m","value":1,"step":1e99,"atMs":"x"}'],
    ['{"type":"param"}'],
    ['[1]'],
    ['null'],
    ['{"type":"nothing known"}'],
  ])('an event that is odd does no harm: %s', async (text) => {
    await project.declare(shellStep('odd', `echo 1 > {outputs.out}; printf '%s\\n' '${text}' >> $MLSPEC_EVENTS`));
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ odd: 'complete' });
  });

  it('a step whose environment cannot be made has an end, too', async () => {
    await project.declare('  s: {command: [sh], environment: {file: absent.txt}, outputs: {out: Any}}\n');
    const ended = await project.run();
    expect(ended.code).toBe(1);
    expect(ended.states).toEqual({ s: 'failed' });
    expect(ended.stdout).toContain('absent.txt');
    const ends = await project.withRecord(async (metadata) =>
      (await metadata.executions((await metadata.getRun('latest')).id)).map((one) => [one.step, one.state]),
    );
    expect(ends).toEqual([['s', 'FAILED']]);
  });

  it('an argument that is longer than any name of a file is no file', async () => {
    const long = JSON.stringify(`echo 1 > "$MLSPEC_OUTPUT_OUT" # ${'x'.repeat(600)}`);
    await project.declare(
      `  long: {command: [sh, -c, ${long}, '', '.', '..', '../x', 'a\\0b'], outputs: {out: Any}}\n`,
    );
    const ended = await project.run();
    expect(ended.stdout).not.toContain('"INTERNAL"');
    expect(ended.states['long']).toBeDefined();
  });

  it.each(['["", a]', '[sh, "a\\0b"]', '[no-such-program-anywhere]', '["{params.empty}"]'])(
    'a command that cannot be started: %s',
    async (command) => {
      await project.declare(`  s: {command: ${command}, params: {empty: ""}, outputs: {out: Any}}\n`);
      const ended = await project.run();
      expect(ended.code).toBe(1);
      expect(ended.stdout).toContain('PIPELINE_CANNOT_START');
      expect(ended.states).toEqual({ s: 'failed' });
    },
  );

  it('typescript and sql', async () => {
    await project.write('words.ts', "export const words = ['b', 'a'];\n");
    await project.write(
      'table.ts',
      `import { words } from './words.ts';
export async function make(context: any): Promise<void> {
  const tables = await context.tables();
  const rows = words.map((word, index) => \`(\${index}, '\${word}')\`).join(', ');
  await tables.writeParquet(\`SELECT * FROM (VALUES \${rows}) AS t(n, word)\`, context.outputs.table.path);
  context.value('rows', words.length);
}
`,
    );
    await project.declare(`
  table: {typescript: 'table.ts#make', outputs: {table: Dataset}}
  sorted: {sql: 'select word from t order by word', inputs: {t: table.table}, outputs: {out: Dataset}, when: table.rows > 1}
`);
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ table: 'complete', sorted: 'complete' });
    expect((await project.run()).states).toEqual({ table: 'cached', sorted: 'cached' });
    await project.write('words.ts', "export const words = ['a', 'b'];\n");
    expect((await project.run()).states).toEqual({ table: 'complete', sorted: 'complete' });
    expect((await project.mlspec(['why', 'table'])).stdout).toContain('words.ts changed');
    await project.write('words.ts', "export const words = ['a', 'b']; // a comment\n");
    expect((await project.run()).states).toEqual({ table: 'complete', sorted: 'cached' });
  });

  it('sql from a file, whose text is code', async () => {
    await project.declare(`
  numbers: {sql: queries/numbers.sql, params: {upto: 3}, outputs: {out: Dataset}}
`);
    const missing = await project.run();
    expect(missing.stdout).toContain('expected the query of step numbers at queries/numbers.sql');
    await project.write('queries/numbers.sql', 'select n from range({params.upto}) t(n)\n');
    expect((await project.run()).states).toEqual({ numbers: 'complete' });
    expect((await project.run()).states).toEqual({ numbers: 'cached' });
    await project.write('queries/numbers.sql', 'select n + 1 as n from range({params.upto}) t(n)\n');
    expect((await project.run()).states).toEqual({ numbers: 'complete' });
    expect((await project.mlspec(['why', 'numbers'])).stdout).toContain('queries/numbers.sql changed');
  });
});
