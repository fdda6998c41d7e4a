/*
 * Governance reports and cards of a real run: what is called verified is in the evidence, by digest; what was changed, taken
 * away or signed by somebody else is not called so any more; what people say stays what people say.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { digestFile, digestOf } from '../../src/encoding/index.ts';
import type { FilledCell, GovernanceReport } from '../../src/exports/index.ts';
import { repositoryRoot } from '../../tools/problem.ts';
import { type Ended, endOf, type Project, said } from '../engine/project.ts';
import { createPenguinsProject } from './penguins-project.ts';

let project: Project;
let state: string;

// Every report that a test looks at has the published form.
const schema = JSON.parse(readFileSync(join(repositoryRoot, 'schemas/governance-report.schema.json'), 'utf8'));
const isReport = new Ajv({ strict: false, validateFormats: false }).compile(schema);

const cellsOf = (report: GovernanceReport): FilledCell[] =>
  report.sections.flatMap(({ points }) => points.flatMap(({ cells }) => cells));
const at = (path: string): string => join(project.root, path);
const last = (ended: Ended): Record<string, never> => JSON.parse(ended.stdout.trim().split('\n').at(-1)!);

async function reportJson(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<GovernanceReport> {
  const ended = await project.mlspec(['report', ...args, '--as', 'json', '--out', 'report.json'], env);
  expect(ended.code, ended.stderr).toBe(0);
  const report = JSON.parse(await readFile(at('report.json'), 'utf8'));
  expect(isReport(report), JSON.stringify(isReport.errors)).toBe(true);
  return report;
}

const annex = ['governance', 'latest', '--template', 'eu-ai-act-annex-iv'];

async function inRecord(sql: string): Promise<void> {
  const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
  try {
    await database.run(sql);
  } finally {
    await database.close();
  }
}

beforeAll(async () => {
  project = await createPenguinsProject();
  state = at('.mlspec');
  expect((await project.mlspec(['keys', 'new', 'approver', '--role', 'approver'])).code).toBe(0);
  const released = await project.mlspec(['release', '--yes']);
  expect(released.code, released.stdout + released.stderr).toBe(0);
  expect((await project.mlspec(['approve', 'penguins', '--note', 'looked at *every* slice'])).code).toBe(0);
  await cp(state, at('../good'), { recursive: true });
});
afterAll(() => project.remove());

describe('a governance report', () => {
  it('calls verified only what a signed and logged statement names by its digest', async () => {
    const report = await reportJson(annex);
    expect(report.verification).toMatchObject({ isGood: true, broken: [], level: 'signed' });
    const statements = await project.withRecord(async (metadata) => await metadata.allStatements());
    const known = new Map(statements.map((one) => [String(digestOf(one.body)), one]));
    const cells = cellsOf(report);
    const verified = cells.filter((cell) => cell.state === 'verified');
    expect(verified.length).toBeGreaterThan(15);
    for (const { id, proofs } of verified) {
      expect(proofs, id).not.toEqual([]);
      for (const { digest, statement, signedBy, logIndex } of proofs) {
        const found = known.get(statement)!;
        expect(found, `${id} ${statement}`).toBeDefined();
        expect(found.body.includes(digest.slice('sha256:'.length)) || digest === statement, id).toBe(true);
        expect(signedBy).toEqual(found.signatures.map(({ keyid }) => keyid));
        expect(logIndex).toBe(found.logPlace);
      }
    }
    expect(cells.filter((cell) => cell.state !== 'verified').flatMap(({ proofs }) => proofs)).toEqual([]);
    expect(Object.values(report.counts).reduce((sum, count) => sum + count)).toBe(cells.length);
  });

  it('tells declared, missing and human apart, with what would fill a cell and who has to', async () => {
    const cells = new Map(cellsOf(await reportJson(annex)).map((cell) => [cell.id, cell]));
    expect(cells.get('1a.purpose')).toMatchObject({ state: 'declared', lines: [expect.stringContaining('penguin')] });
    expect(cells.get('9.monitoring')).toMatchObject({
      state: 'declared',
      lines: ['drift: all', expect.stringContaining('does not carry this out yet')],
    });
    expect(cells.get('2g.gates')).toMatchObject({
      state: 'missing',
      lines: [expect.stringContaining('testing: {gates}')],
    });
    expect(cells.get('2e')).toMatchObject({
      state: 'human',
      human: { role: 'service owner', owners: ['Palmer station'] },
    });
    expect(cells.get('2g.metrics')!.table!.columns).toEqual(['metric', 'value', 'interval', 'method']);
    const accuracy = cells.get('2g.metrics')!.table!.rows.find(([name]) => name === 'accuracy')!;
    const { metrics } = last(await project.mlspec(['metrics', '--json'])) as unknown as {
      metrics: { metrics: { accuracy: { value: number } } };
    };
    expect([Number(accuracy[1]), accuracy[2]]).toEqual([
      Number(metrics.metrics.accuracy.value.toPrecision(6)),
      expect.stringMatching(/^0\.\d+ to 0\.\d+$/),
    ]);
    expect(new Set(cells.get('2g.slices')!.table!.rows.map(([slice]) => slice))).toEqual(
      new Set(['island = Biscoe', 'island = Dream', 'island = Torgersen']),
    );
    // Its runner's key registered it; that is no approval, whatever roles the key has.
    expect(cells.get('2g.approvals')).toMatchObject({
      state: 'verified',
      lines: ['1 of 1 approvals', expect.stringContaining('MLSPEC_APPROVED: looked at *every* slice')],
    });
    expect(cells.get('2g.approvals')!.proofs).toHaveLength(1);
  });

  it('is the same for the same run in each form, asks for nothing outside, and is bound to the run', async () => {
    for (const [as, file] of [
      ['markdown', 'governance.md'],
      ['html', 'governance.html'],
      ['json', 'governance.json'],
    ] as const) {
      const first = last(await project.mlspec(['report', 'governance', 'latest', '--as', as, '--json']));
      const again = last(await project.mlspec(['report', 'governance', 'latest', '--as', as, '--json']));
      expect(again).toEqual(first);
      expect(first).toMatchObject({ template: 'nist-ai-rmf', digest: (await digestFile(at(file))).digest });
      const { references } = last(await project.mlspec(['verify', '--json'])) as unknown as {
        references: { name: string; digest: string; statement: string; place: number | null }[];
      };
      const bound = references.filter(({ name }) => name === file);
      expect(bound).toMatchObject([{ digest: first['digest'], statement: first['statement'] }]);
      expect(bound[0]!.place).not.toBeNull();
    }
    const page = await readFile(at('governance.html'), 'utf8');
    expect(page).not.toMatch(/\b(?:src|href|action)\s*=|url\(|@import|https?:/i);
    expect(page).toContain("default-src 'none'");
    const report: GovernanceReport = JSON.parse(await readFile(at('governance.json'), 'utf8'));
    const text = await readFile(at('governance.md'), 'utf8');
    for (const { id, state: is } of cellsOf(report)) {
      expect(text).toMatch(new RegExp(`^\\*\\*${is}\\*\\* · .* · \`${id}\`$`, 'm'));
      expect(page).toMatch(new RegExp(`<div class="cell ${is}">.*<code class="faint">${id}</code>`));
    }
  });
});

describe('a card', () => {
  it('is that of a registered model by name, version or alias, or of a run', async () => {
    const texts: string[] = [];
    for (const name of ['penguins', 'penguins/1.0.0', 'penguins/production']) {
      const ended = await project.mlspec(['report', 'card', name, '--as', 'markdown']);
      expect(ended.stdout, ended.stderr).toContain('belongs to model/penguins');
      texts.push(await readFile(at('card.md'), 'utf8'));
    }
    expect(new Set(texts).size).toBe(1);
    for (const heading of ['Intended use', 'Data', 'Metrics', 'Limits', 'Evidence'])
      expect(texts[0]).toContain(`\n## ${heading}\n`);
    expect(texts[0]).toMatch(/island = Dream \| 27 \| accuracy \| [\d.]+ \| [\d.]+ to [\d.]+ \| Wilson/);
    expect(texts[0]).toContain('looked at \\*every\\* slice');
    const ofRun = await reportJson(['card', 'latest']);
    expect(ofRun.about).toMatch(/^penguins, run_/);
    const none = await project.mlspec(['report', 'card', 'pinguins']);
    expect(none.stderr).toContain('METADATA_RUN_UNKNOWN');
  });
});

describe('answers', () => {
  const answer = async (text: string): Promise<Ended> => {
    await writeFile(at('answers.yaml'), text);
    return await project.mlspec([
      'report',
      ...annex,
      '--answers',
      'answers.yaml',
      '--as',
      'json',
      '--out',
      'answered.json',
    ]);
  };

  it('stand as what people said, and make nothing verified', async () => {
    const given = ['2e', '2g.gates', '2g.metrics', '1a.purpose'];
    const ended = await answer(
      `answers:\n${given.map((id) => `  ${JSON.stringify(id)}: {text: "it is so", by: Jane}\n`).join('')}`,
    );
    expect(ended.code, ended.stderr).toBe(0);
    const report: GovernanceReport = JSON.parse(await readFile(at('answered.json'), 'utf8'));
    const cells = new Map(cellsOf(report).map((cell) => [cell.id, cell]));
    expect(given.map((id) => [cells.get(id)!.state, cells.get(id)!.answer!.by])).toEqual([
      ['human', 'Jane'],
      ['human', 'Jane'],
      ['verified', 'Jane'],
      ['declared', 'Jane'],
    ]);
  });

  it('to cells that are not there, or of another form, are findings with their places', async () => {
    const misspelt = await answer('answers:\n  2f.complience: {text: x, by: y}\n');
    expect(misspelt.code).toBe(2);
    expect(misspelt.stderr).toContain('REPORT_ANSWERS_BAD');
    expect(misspelt.stderr).toMatch(
      /governance\/unknown-cell.*\n.*answers\.yaml:2:\d+[\s\S]*did you mean 2f\.compliance\?/,
    );
    expect((await answer('answers: {2e: {text: x}}')).stderr).toContain('by is missing');
    const gone = await project.mlspec(['report', ...annex, '--answers', 'none.yaml']);
    expect(gone.stderr).toContain('found no file there');
  });
});

describe('a template', () => {
  it('may be a file of the user', async () => {
    await writeFile(
      at('own.yaml'),
      'template: 1\nid: own\ntitle: "<b>Own</b> | list"\ndated: 2026-01-31\nsource: {name: House rules, version: "3", date: 2025-12-01}\n' +
        'sections: [{number: A, title: All, points: [{number: A.1, asks: what, cells: [{id: a, from: training-data}, {id: b, human: <i>me</i>}]}]}]\n',
    );
    const report = await reportJson(['governance', 'latest', '--template', 'own.yaml']);
    expect(cellsOf(report).map(({ state: is }) => is)).toEqual(['verified', 'human']);
    await project.mlspec(['report', 'governance', 'latest', '--template', 'own.yaml']);
    const page = await readFile(at('governance.html'), 'utf8');
    expect(page).toContain('&lt;b&gt;Own&lt;/b&gt; | list');
    expect(page).not.toMatch(/<b>|<i>/);
  });

  it('that has not its form is told with places, and one that is not there with the nearest', async () => {
    await writeFile(
      at('bad.yaml'),
      'template: 1\nid: bad\ntitle: Bad\ndated: yesterday\nsource: {name: n, version: v, date: 2025-12-01}\n' +
        'sections:\n  - number: A\n    title: All\n    points:\n      - {number: A.1, asks: what, cells: [{id: a, from: metriks}]}\n',
    );
    const bad = await project.mlspec(['report', 'governance', 'latest', '--template', 'bad.yaml']);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('REPORT_TEMPLATE_BAD');
    expect(bad.stderr).toMatch(/bad\.yaml:4:8/);
    expect(bad.stderr).toMatch(/bad\.yaml:10:\d+[\s\S]*did you mean metrics\?/);
    const unknown = await project.mlspec(['report', 'governance', 'latest', '--template', 'nist-ai-rm']);
    expect(unknown.stderr).toContain('REPORT_TEMPLATE_UNKNOWN');
    expect(unknown.stderr).toContain('did you mean nist-ai-rmf?');
  });
});

describe('evidence that was tampered with', () => {
  const verifiedAfter = async (attack: () => Promise<void>): Promise<GovernanceReport> => {
    try {
      await attack();
      const report = await reportJson(annex);
      expect(report.counts.verified).toBe(0);
      expect(cellsOf(report).flatMap(({ proofs }) => proofs)).toEqual([]);
      return report;
    } finally {
      await rm(state, { recursive: true });
      await cp(at('../good'), state, { recursive: true });
    }
  };
  const brokenIn = ({ verification }: GovernanceReport): string[] => verification.broken.map(({ rule }) => rule);

  it('proves nothing: a statement that was changed', async () => {
    const report = await verifiedAfter(
      async () =>
        await inRecord(
          `update statements set body = replace(body, '"COMPLETE"', '"COMPLETe"') where body like '%"step":"training"%'`,
        ),
    );
    expect(brokenIn(report)).toContain('statements/signed');
    const cells = new Map(cellsOf(report).map((cell) => [cell.id, cell]));
    expect(cells.get('2d.training')).toMatchObject({
      state: 'missing',
      lines: [expect.any(String), expect.stringContaining('not verified')],
    });
    // What stands in the declaration as well is no more than that.
    expect(cells.get('2d.sources')!.state).toBe('declared');
  });

  it('proves nothing: a statement that was taken away', async () => {
    const report = await verifiedAfter(
      async () => await inRecord(`delete from statements where body like '%"step":"evaluation"%'`),
    );
    expect(brokenIn(report)).toContain('run/ended');
  });

  it('proves nothing: an artifact that was changed', async () => {
    const model = cellsOf(await reportJson(annex)).find(({ id }) => id === '2d.training')!.proofs[0]!.digest;
    const [folder, name] = [model.slice(7, 9), model.slice(9)];
    const path = ['blobs', 'trees'].map((kind) => join(state, 'artifacts', kind, folder, name)).find(existsSync)!;
    const report = await verifiedAfter(async () => {
      await rm(path);
      await writeFile(path, 'other');
    });
    expect(brokenIn(report)).toContain('artifacts/whole');
  });

  it('proves nothing: a record that names another declaration than was signed', async () => {
    const report = await verifiedAfter(
      async () => await inRecord(`update runs set spec_digest = '${digestOf('other')}'`),
    );
    expect(brokenIn(report)).toEqual(['record/agrees']);
  });

  it('proves nothing to somebody who does not trust the keys', async () => {
    const stranger = { ...project.env, MLSPEC_KEYS_DIR: at('../stranger') };
    const report = await reportJson(annex, stranger);
    expect(report.counts.verified).toBe(0);
    expect(brokenIn(report)).toContain('layout/signed');
    // What such a key binds to the run is in record and log by now, and counts for nothing.
    await project.mlspec(['export', 'latest', 'bom.json', '--as', 'cyclonedx'], stranger);
    expect((await project.mlspec(['log', 'publish'])).code).toBe(0);
    const bodies = await project.withRecord(async (metadata) =>
      (await metadata.allStatements()).map(({ body }) => body),
    );
    expect(bodies.some((body) => body.includes('bom.json'))).toBe(true);
    const own = await reportJson(annex);
    expect(own.verification.isGood).toBe(true);
    expect(cellsOf(own).find(({ id }) => id === '2h.materials')!.state).toBe('missing');
  });
});

describe('production', () => {
  it('fills its cells by signed statements, once a package was served and a window compared', {
    timeout: 120_000,
  }, async () => {
    const ids = ['9.deployments', '9.windows'];
    const found = async (): Promise<FilledCell[]> =>
      cellsOf(await reportJson(annex)).filter(({ id }) => ids.includes(id));
    expect((await found()).map(({ state: is }) => is)).toEqual(['missing', 'missing']);
    const server = project.start(['serve', 'penguins', '--port', '0', '--json']);
    const ended = endOf(server);
    await said(server, /"type":"ready"/);
    server.kill('SIGINT');
    const { statement: deployment } = last(await ended);
    const rows = JSON.parse(await readFile(at('data/penguins.json'), 'utf8')) as Record<string, unknown>[];
    const served = rows.map((row) => ({
      ...{ island: row['Island'], beak_length_mm: row['Beak Length (mm)'], beak_depth_mm: row['Beak Depth (mm)'] },
      ...{ flipper_length_mm: row['Flipper Length (mm)'], body_mass_g: Number(row['Body Mass (g)'] ?? 4000) + 1500 },
    }));
    await project.write('served.json', JSON.stringify(served));
    const bounds = ['--from', '2026-11-01', '--to', '2026-11-08'];
    const watched = await project.mlspec(['monitor', 'penguins', 'served.json', ...bounds, '--json']);
    const { statement: window, trained } = JSON.parse(watched.stdout);
    const [deployments, windows] = await found();
    expect(deployments).toMatchObject({ state: 'verified', proofs: [{ statement: deployment }] });
    expect(deployments!.table!.rows).toEqual([['penguins/1.0.0', expect.stringMatching(/^20\d\d-.*Z$/)]]);
    expect(windows).toMatchObject({
      state: 'verified',
      proofs: [
        { statement: window, digest: trained.dataset },
        { statement: window, digest: trained.profile },
      ],
    });
    expect(windows!.table!.rows).toEqual([
      ['2026-11-01T00:00:00.000Z', '2026-11-08T00:00:00.000Z', '344', '0.01', 'body_mass_g'],
    ]);
    await inRecord("delete from run_statements where predicate_type like '%monitoring-window%'");
    const report = await reportJson(annex);
    expect(report.verification.broken.map(({ rule }) => rule)).toEqual(['log/complete']);
    expect(report.counts.verified).toBe(0);
  });
});

describe('a run', () => {
  it('is what one argument names; a kind of report asks for one behind it', async () => {
    const none = await project.mlspec(['report', 'governance']);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('expected a run or model after governance');
    expect((await project.mlspec(['report', 'latest', '--as', 'json'])).stderr).toContain(
      'expected governance or card with --as',
    );
    expect((await project.mlspec(['report', 'gouvernance', 'latest'])).stderr).toContain('CLI_USAGE');
    const page = await project.mlspec(['report', 'latest']);
    expect(page.stdout, page.stderr).toMatch(/wrote report\.html about run_/);
  });
});
