import { mkdir, readdir, readFile, rm, utimes } from 'node:fs/promises';
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

const python = `import os
from mlspec import OutputArtifact, Report, component, log_artifact

@component
def make(out: OutputArtifact[Report]):
    os.makedirs("../made/plots", exist_ok=True)
    for name in ("a", "b"):
        with open(f"../made/plots/{name}.txt", "w") as file:
            file.write(f"plot {name}")
    log_artifact("../made/plots")
    log_artifact("../made/plots/a.txt", "notes/first.txt")
    with open("../made/noise", "wb") as file:
        file.write(b"\\xff\\x00" + os.urandom(16))
    log_artifact("../made/noise")
    with open(out.path, "w") as file:
        file.write("{}")
    if os.path.exists("fail"):
        raise ValueError("oh no")
`;
const ports = ['artifacts/noise', 'artifacts/notes/first.txt', 'artifacts/plots'];

async function declarePython(): Promise<void> {
  await project.write('jobs.py', python);
  await project.declare("  make: {python: 'jobs.py:make', outputs: {out: Report}}\n");
}

interface Shown {
  readonly execution: { readonly id: string; readonly state: string };
  readonly outputs: readonly {
    readonly port: string;
    readonly artifact: { type: string; digest: string; kind: string };
  }[];
}

async function shown(run = 'latest', step = 'make'): Promise<Shown> {
  return JSON.parse((await project.mlspec(['show', run, step, '--json'])).stdout).step;
}

const filesOf = (step: Shown): string[] =>
  step.outputs.filter((one) => one.artifact.type === 'File').map((one) => one.port);

describe('files that a step keeps beside its outputs', () => {
  beforeEach(declarePython);

  it('are in the record: shown, copied out, listed, traced, in the report', async () => {
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ make: 'complete' });
    expect(filesOf(await shown())).toEqual(ports);
    const text = await project.mlspec(['show', 'latest', 'make', '--output', 'artifacts/notes/first.txt']);
    expect(text.stdout).toBe('plot a\n');
    const binary = await project.mlspec(['show', 'latest', 'make', '--output', 'artifacts/noise']);
    expect(binary.stdout).toBe('18 bytes that are no text; copy them with --to PATH\n');
    const to = join(project.root, 'copied');
    await project.mlspec(['show', 'latest', 'make', '--output', 'artifacts/plots', '--to', to]);
    expect(await readdir(to)).toEqual(['a.txt', 'b.txt']);
    expect(await readFile(join(to, 'b.txt'), 'utf8')).toBe('plot b');
    expect((await project.mlspec(['show', 'latest'])).stdout).toContain('artifacts/plots');
    expect((await project.mlspec(['show', 'latest', 'make'])).stdout).toMatch(/file +artifacts\/plots +File/);
    expect((await project.mlspec(['ls', 'artifacts'])).stdout).toContain('latest/make/artifacts/notes/first.txt');
    const traced = await project.mlspec(['lineage', 'latest/make/artifacts/notes/first.txt']);
    expect(traced.code, traced.stderr).toBe(0);
    await project.mlspec(['report', 'latest', '--out', 'report.html']);
    const page = await readFile(join(project.root, 'report.html'), 'utf8');
    for (const port of ports) expect(page).toContain(port);
  });

  it('come with a reused result, and are no part of the digest of the record', async () => {
    const first = await project.run();
    const before = await shown();
    const second = await project.run();
    expect(second.states).toEqual({ make: 'cached' });
    expect((await shown()).outputs).toEqual(before.outputs.filter((one) => one.artifact.type !== 'Log'));
    expect(second.record).toBe(first.record);
    const forced = await project.run(['--force']);
    expect((await shown()).outputs).not.toEqual(before.outputs);
    expect(forced.record).toBe(first.record);
  });

  it('are made again with the result where their content is gone', async () => {
    await project.run();
    const lost = (await shown()).outputs.find((one) => one.port === 'artifacts/noise')!.artifact.digest.slice(7);
    await rm(join(project.root, '.mlspec', 'artifacts', 'blobs', lost.slice(0, 2), lost.slice(2)));
    expect((await project.run()).states).toEqual({ make: 'complete' });
    expect(filesOf(await shown())).toEqual(ports);
  });

  it('stay while a run that is kept has them, also by reuse, and go with the last one', async () => {
    await project.run();
    await project.run(['--force']);
    await project.run();
    await agePastGrace();
    const collected = await project.mlspec(['gc', '--keep', '1', '--yes']);
    expect(collected.stdout).toContain('removed 1 item,');
    for (const port of ports)
      expect((await project.mlspec(['show', 'latest', 'make', '--output', port])).code, port).toBe(0);
    const gone = await project.mlspec(['show', 'latest~2', 'make', '--output', 'artifacts/noise']);
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain('ARTIFACT_MISSING');
  });

  it('of a step that failed are kept too', async () => {
    await project.write('fail', '');
    expect((await project.run()).states).toEqual({ make: 'failed' });
    const step = await shown();
    expect(step.execution.state).toBe('FAILED');
    expect(filesOf(step)).toEqual(ports);
  });

  it('are attested as byproducts, when they are made and when they are reused', async () => {
    for (const state of ['COMPLETE', 'CACHED']) {
      await project.run();
      const { execution, outputs } = await shown();
      expect(execution.state).toBe(state);
      const statement = await project.withRecord(async (metadata) => {
        const all = await metadata.statements((await metadata.getRun('latest')).id);
        return JSON.parse(all.find((one) => one.executionId === execution.id)!.body);
      });
      expect(statement.predicate.runDetails.byproducts).toEqual(
        outputs
          .filter((one) => one.artifact.type === 'File')
          .map(({ port, artifact }) => ({
            name: port,
            digest: { sha256: artifact.digest.slice(7) },
            annotations: { mlspec_kind: artifact.kind },
          })),
      );
      expect(statement.subject).toHaveLength(1);
    }
  });
});

describe('files that a step in TypeScript keeps', () => {
  it('are recorded in the same way; names and paths that are none are named', async () => {
    await project.write(
      'jobs.ts',
      `import { mkdirSync, writeFileSync } from 'node:fs';
export function make(context) {
  mkdirSync(context.workDir + '/plots/inner', { recursive: true });
  writeFileSync(context.workDir + '/plots/inner/a.txt', 'first');
  context.keep(context.workDir + '/plots/');
  writeFileSync(context.workDir + '/plots/inner/a.txt', 'last');
  context.keep(context.workDir + '/plots');
  context.keep(context.workDir + '/plots/inner/a.txt', 'notes/b.txt');
  writeFileSync(context.outputs.out.path, '{}');
  const refused = ['', '.', '..', '../x', 'a/../../x', '/x', 'a//b', 'a/', 'a\\0b'].filter((name) => {
    try { context.keep(context.workDir + '/plots', name); } catch (error) { return error.code === 'PIPELINE_BAD_KEPT_FILE'; }
  });
  return { refused: refused.length };
}
`,
    );
    await project.declare("  make: {typescript: 'jobs.ts#make', outputs: {out: Report}}\n");
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ make: 'complete' });
    expect(filesOf(await shown())).toEqual(['artifacts/notes/b.txt', 'artifacts/plots']);
    const step = await project.mlspec(['show', 'latest', 'make', '--output', 'artifacts/plots', '--to', 'copied']);
    expect(step.code, step.stderr).toBe(0);
    expect(await readFile(join(project.root, 'copied/inner/a.txt'), 'utf8')).toBe('last');
    expect((await project.mlspec(['show', 'latest', 'make'])).stdout).toContain('refused = 9');
    await project.write('jobs.ts', "export const make = (context) => context.keep('nowhere/at/all');\n");
    const missing = await project.run();
    expect(missing.states).toEqual({ make: 'failed' });
    expect(missing.stdout).toContain('expected a file or folder at nowhere/at/all for step make to keep');
  });
});

/** Lets everything in the store look old enough to be collected. */
async function agePastGrace(): Promise<void> {
  const root = join(project.root, '.mlspec', 'artifacts');
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), 1_000_000, 1_000_000);
}

/** A command that says it kept files; `$KEPT` is the folder in which they lie. */
function saying(names: string, script = 'true'): string {
  const result = `printf '%s' '{"status":"complete","artifacts":${names}}' > $MLSPEC_RESULT`;
  return shellStep(
    'say',
    `KEPT=$(dirname $MLSPEC_RESULT)/artifacts; mkdir -p $KEPT; ${script}; echo 1 > {outputs.out}; ${result}`,
  );
}

describe('a step that names files which it may not keep', () => {
  beforeEach(async () => {
    await mkdir(join(project.root, '..', 'private'));
    await project.write('../private/key', 'private-content');
  });

  it.each([
    ['above its folder', '["../../../../../../private/key"]', 'true'],
    ['by an absolute path', '["/etc/hostname"]', 'true'],
    ['behind a link', '["key"]', 'ln -s $PWD/../private/key $KEPT/key'],
    ['behind a linked folder', '["inner/key"]', 'ln -s $PWD/../private $KEPT/inner'],
    ['in a folder that is a link', '["key"]', 'rmdir $KEPT; ln -s $PWD/../private $KEPT'],
    ['with a link inside', '["folder"]', 'mkdir $KEPT/folder; ln -s $PWD/../private/key $KEPT/folder/key'],
    ['that are not there', '["nothing"]', 'true'],
    ['without a name', '[""]', 'true'],
    ['that are itself', '["."]', 'true'],
    ['with an end in the middle', '["a\\u0000b"]', 'true'],
  ])('%s, fails by name and keeps nothing', async (_, names, script) => {
    await project.declare(saying(names, script));
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ say: 'failed' });
    expect(ended.stdout).toMatch(/PIPELINE_BAD_KEPT_FILE|ARTIFACT_UNSUPPORTED_FILE/);
    expect(ended.stdout).not.toContain('"INTERNAL"');
    const state = join(project.root, '.mlspec', 'artifacts');
    for (const entry of await readdir(state, { recursive: true, withFileTypes: true }))
      if (entry.isFile())
        expect(await readFile(join(entry.parentPath, entry.name), 'latin1')).not.toContain('private-content');
  });

  it('and what it may keep: pictures are in the report, as far as nothing in them can run', async () => {
    const script =
      "printf '\\211PNG\\r\\n\\032\\nrest' > $KEPT/roc.png; echo '<svg onload=alert(1)/>' > $KEPT/evil.png";
    await project.declare(saying('["roc.png", "evil.png"]', script));
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ say: 'complete' });
    await project.mlspec(['report', 'latest', '--out', 'report.html']);
    const page = await readFile(join(project.root, 'report.html'), 'utf8');
    const picture = Buffer.from('89504e470d0a1a0a', 'hex').toString('base64').slice(0, 10);
    expect(page).toContain(`<img src="data:image/png;base64,${picture}`);
    expect(page.match(/<img/g)).toHaveLength(1);
    expect(page).not.toContain('onload');
    expect(page).toContain('artifacts/evil.png');
  });

  it('or says odd things of them, does no harm', async () => {
    await project.declare(saying('[7, null, {"name": "x"}]'));
    expect((await project.run()).states).toEqual({ say: 'complete' });
    await project.declare(saying('"text"'));
    expect((await project.run()).states).toEqual({ say: 'complete' });
  });
});

describe('what a step prints', () => {
  it('is shown while it runs, and kept: standard output and error, each on its own, also of a step that failed', async () => {
    await project.declare(
      shellStep('fine', 'echo out; echo err >&2; echo 1 > {outputs.out}') +
        shellStep('bad', 'echo oh; echo no >&2; exit 3'),
    );
    const ended = await project.run();
    const printed = ended.events.flatMap((event) =>
      event.type === 'step-event' && event.event.type === 'output'
        ? [[event.step, event.event.stream, event.event.text]]
        : [],
    );
    expect(printed).toEqual(
      expect.arrayContaining([
        ['fine', 'stdout', 'out\n'],
        ['fine', 'stderr', 'err\n'],
        ['bad', 'stderr', 'no\n'],
      ]),
    );
    const kept = async (step: string, stream: string) =>
      (await project.mlspec(['show', 'latest', step, '--output', `logs/${stream}`])).stdout.trim();
    expect([await kept('fine', 'stdout'), await kept('fine', 'stderr')]).toEqual(['out', 'err']);
    expect([await kept('bad', 'stdout'), await kept('bad', 'stderr')]).toEqual(['oh', 'no']);
  });
});

describe('outputs whose names are those of what a step prints', () => {
  it('are not mixed up with it', async () => {
    await project.declare(
      `  loud: {command: [sh, -c, 'echo printed; echo made > {outputs.stdout}'], outputs: {stdout: Any}}\n`,
    );
    expect((await project.run()).states).toEqual({ loud: 'complete' });
    expect((await project.mlspec(['show', 'latest', 'loud', '--output', 'stdout'])).stdout).toBe('made\n\n');
    expect((await project.mlspec(['show', 'latest', 'loud', '--logs'])).stdout).toBe('printed\n');
  });
});
