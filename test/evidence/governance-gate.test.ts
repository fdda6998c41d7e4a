/*
 * The report of a release with a gate, and of a project in which everything is called something that no page should take for
 * markup; of results that were reused, and of content that was erased.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FilledCell, GovernanceReport } from '../../src/exports/index.ts';
import { createReleaseProject, type ReleaseProject } from '../release/project.ts';

const odd = '<script>alert(1)</script> **b** | `c` [d](e:f) "g" \'h\'\n# i';
const secret = 'Geheimnis-4711-é"x';
let project: ReleaseProject;

async function cells(...args: readonly string[]): Promise<Map<string, FilledCell>> {
  const file = 'cells.json';
  const ended = await project.mlspec(['report', ...args, '--as', 'json', '--out', file], { TOKEN: secret });
  expect(ended.code, ended.stderr).toBe(0);
  const report: GovernanceReport = JSON.parse(await readFile(join(project.root, file), 'utf8'));
  return new Map(
    report.sections.flatMap(({ points }) => points.flatMap((one) => one.cells.map((cell) => [cell.id, cell]))),
  );
}

beforeAll(async () => {
  project = await createReleaseProject();
  await project.describe(
    0.5,
    `description: ${JSON.stringify(`${odd} ${secret}`)}
owners: [{name: ${JSON.stringify(odd)}, email: ml@example.org}]
secrets: [TOKEN]
objectives:
  gates: {final: {on: test, reliability: 0.95, uses: 3}}
  require: {good: new.accuracy > 0.8 +/- 0.05}
testing: {gates: [final]}
evaluation: {on: validation, slices: [kind]}
validation: {checks: [x between 0 and 1]}
monitoring: {drift: all, rollback_to: previous, window: 1d, notify: [${JSON.stringify(odd)}]}
`,
  );
  const spec = join(project.root, 'mlspec.yaml');
  const text = await readFile(spec, 'utf8');
  // A secret that was not set when the run was carried out: its value stands in the statements.
  await writeFile(spec, text.replace('{cut: 0.5,', `{cut: 0.5, token: ${JSON.stringify(secret)},`));
  const released = await project.carryOut('release');
  expect(released.gates).toMatchObject([{ verdict: 'pass' }]);
});
afterAll(() => project.remove());

it('shows the verdict of a gate and what it was committed to, by whom, and nothing of what is sealed', async () => {
  const found = await cells('governance', 'latest', '--template', 'eu-ai-act-annex-iv');
  expect(found.get('2g.gates')).toMatchObject({
    state: 'verified',
    table: {
      columns: ['gate', 'part', 'reliability', 'uses', 'verdict'],
      rows: [['final', 'test', '0.95', '3', 'pass']],
    },
  });
  const committed = found.get('2b.objectives')!;
  expect(committed).toMatchObject({ state: 'verified', lines: [expect.stringMatching(/^committed to on 20.*Z/)] });
  expect(committed.table!.rows).toEqual([['testing/final', 'test', '0.95', '3']]);
  expect(committed.proofs[0]!.logIndex).toBeLessThan(found.get('2g.gates')!.proofs[0]!.logIndex);
  expect(found.get('2d.parts')!.table!.rows.find(([part]) => part === 'test')).toEqual([
    'test',
    expect.any(String),
    'yes',
  ]);
  expect(found.get('9.rollback')).toMatchObject({ state: 'declared' });
  expect(found.get('9.monitoring')!.lines).toContain('window: 1 d');
});

it('takes nothing that something is called for markup, and tells no secret', async () => {
  for (const as of ['html', 'markdown', 'json']) {
    const ended = await project.mlspec(['report', 'card', 'cuts', '--as', as, '--out', `odd.${as}`], { TOKEN: secret });
    expect(ended.code, ended.stderr).toBe(0);
    const text = await readFile(join(project.root, `odd.${as}`), 'utf8');
    expect(text).not.toContain('Geheimnis');
    expect(text).toContain('token');
    if (as === 'json') continue;
    expect(text).not.toContain('<script');
    expect(text).toContain('&lt;script');
    if (as === 'html') expect(text).not.toMatch(/\b(?:src|href)\s*=|https?:/i);
    else {
      expect(text).not.toMatch(/^# i/m);
      expect(text).toContain('\\*\\*b\\*\\* \\| \\`c\\`');
    }
  }
});

it('shows a bill of materials once one is bound, and what was reused as what it is', async () => {
  expect((await cells('card', 'cuts')).get('evidence.materials')!.state).toBe('missing');
  expect((await project.mlspec(['export', 'latest', 'bom.json', '--as', 'cyclonedx'])).code).toBe(0);
  const before = await cells('card', 'cuts');
  expect(before.get('evidence.materials')).toMatchObject({ state: 'verified', proofs: [{ name: 'bom.json' }] });
  const again = await project.carryOut('run');
  expect(again.counts['cached']).toBeGreaterThan(3);
  const reused = await cells('card', 'latest');
  for (const id of ['data.parts', 'data.training', 'metrics.overall', 'metrics.slices']) {
    expect(reused.get(id)!.state, id).toBe('verified');
    expect(reused.get(id)!.proofs.map(({ digest }) => digest)).toEqual(
      before.get(id)!.proofs.map(({ digest }) => digest),
    );
  }
  // No gate was carried out in this run, and nothing was packaged.
  expect(reused.get('metrics.gates')!.state).toBe('missing');
  expect(reused.get('model.package')!.state).toBe('missing');
});

it('calls nothing verified whose content was erased', async () => {
  const statistics = (await cells('card', 'cuts')).get('data.statistics')!;
  expect(statistics.state).toBe('verified');
  const digests = statistics.proofs.map(({ digest }) => digest);
  const erased = await project.mlspec(['erase', ...digests, '--why', 'request 17', '--yes']);
  expect(erased.code, erased.stderr).toBe(0);
  const after = await cells('card', 'cuts');
  expect(after.get('data.statistics')!.state).toBe('missing');
  expect(after.get('metrics.overall')!.state).toBe('verified');
});
