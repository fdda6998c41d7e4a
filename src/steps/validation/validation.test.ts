import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { planOf } from '../../../test/steps/data-project.ts';
import { projectWithEngine } from '../../../test/steps/project-with-engine.ts';
import { parquetSource } from '../../tables/index.ts';
import { fingerprintValidation } from './fingerprint.ts';
import { validationReport } from './result.ts';

const { project, engine } = await projectWithEngine();
beforeAll(async () => {
  await project.copy(
    join(import.meta.dirname, '../../../node_modules/vega-datasets/data/penguins.json'),
    'penguins.json',
  );
  await project.write(
    'penguins.schema.yaml',
    `schema: 1
additional: allow
columns:
  Species: {type: string, domain: [Adelie, Chinstrap, Gentoo]}
  Beak Length (mm): {type: float64, nullable: true, min: 30, max: 55}
  Sex: {type: string, nullable: true}
`,
  );
});

const sections = (declared: string): string => `task: {kind: multiclass, label: Species, key: [row]}
ingestion: {sources: {p: penguins.json}, query: "SELECT row_number() OVER () AS row, * FROM p"}
splitting: {by: stratified(Species), parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}
validation: ${declared}`;

const passing = "{that: 'unique(row)'}, {that: '`Body Mass (g)` between 1000 and 10000'}";
const failing = "{that: '`Body Mass (g)` < 6000', why: scale}";

test('data that are as declared pass, and the report says so for the open parts alone', async () => {
  const run = await project.run(sections(`{checks: [${passing}]}`));
  const report = validationReport.parse(await run.json('validation', 'report'));
  expect(report.verdict).toBe('valid');
  expect(Object.keys(report.parts).sort()).toEqual(['train', 'validation']);
  expect(report.parts['train']!.checks.map((check) => [check.kind, check.outcome])).toEqual([
    ['unique', 'passed'],
    ['row', 'passed'],
  ]);
  expect(run.steps['validation']!.values).toEqual({ verdict: 'valid' });
});

test('stop: everything that is wrong is in one error, with counts and the reason', async () => {
  const error = await project
    .run(sections(`{schema: penguins.schema.yaml, checks: [${failing}, {that: 'nonsense > 1'}, ${passing}]}`))
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'VALIDATION_FAILED' });
  expect(error.message).toMatch(/train: Beak Length \(mm\) goes up to 5\d(\.\d)?, above 55/);
  expect(error.message).toMatch(/`Body Mass \(g\)` < 6000: \d+ of \d+ rows fail \(\d+ say nothing.*\): scale/);
  expect(error.message).toMatch(/nonsense > 1: .*there is no column nonsense/);
  expect(error.hint).toContain('mlspec show latest validation --output artifacts/report.json');
  expect(error.message).not.toMatch(/test:/);
});

test('warn: the run goes on, the report and the log say what is wrong; a check of severity warn never fails', async () => {
  const run = await project.run(sections(`{schema: penguins.schema.yaml, on_failure: warn, checks: [${failing}]}`));
  const report = validationReport.parse(await run.json('validation', 'report'));
  expect(report.verdict).toBe('invalid');
  const [check] = report.parts['train']!.checks;
  expect(check!.examples.length).toBeGreaterThan(0);
  expect(Object.keys(check!.examples[0]!)).toEqual(['Body Mass (g)', 'row']);
  expect(run.steps['validation']!.logs.join('\n')).toMatch(/Body Mass/);
  const lenient = await project.run(sections(`{checks: [${failing.replace('}', ', severity: warn}')}]}`));
  expect((await lenient.json('validation', 'report'))['verdict']).toBe('valid');
  const tolerant = await project.run(sections(`{checks: [${failing.replace('}', ', tolerance: 5%}')}]}`));
  expect((await tolerant.json('validation', 'report'))['verdict']).toBe('valid');
});

test('quarantine: rows that break something are taken out with their reasons; the rest goes on', async () => {
  const run = await project.run(
    sections(`{schema: penguins.schema.yaml, on_failure: quarantine, checks: [${failing}]}`),
  );
  const report = validationReport.parse(await run.json('validation', 'report'));
  const out = await engine.rows(`SELECT * FROM ${parquetSource(run.path('validation', 'quarantine'))}`);
  const counted = Object.values(report.parts).map((part) => part.quarantinedRows);
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(out.length);
  expect(out.length).toBeGreaterThan(0);
  expect(new Set(out.flatMap((row) => String(row['__reasons']).split('; ')))).toEqual(
    new Set(['`Body Mass (g)` < 6000', 'Beak Length (mm) is above 55']),
  );
  for (const part of ['train', 'validation']) {
    const [row] = await engine.rows(
      `SELECT count(*) AS n, max("Body Mass (g)") AS heaviest, count(__row) AS places FROM ${parquetSource(run.path('validation', part))}`,
    );
    expect(row!['n']).toBe(report.parts[part]!.rowCount - report.parts[part]!.quarantinedRows);
    expect(row!['places']).toBe(row!['n']);
    expect(Number(row!['heaviest'])).toBeLessThan(6000);
  }
  expect(run.steps['validation']!.values).toEqual({ verdict: 'invalid', quarantined: out.length });
});

test('a run is in the environment training, where the schema speaks of one', async () => {
  const lines = (environments: string): string =>
    `schema: 1\nenvironments: ${environments}\nadditional: allow\ncolumns:\n  asked_at: {type: date, environments: [serving]}\n`;
  await project.write('two.schema.yaml', lines('[training, serving]'));
  const run = await project.run(sections('{schema: two.schema.yaml}'));
  expect((await run.json('validation', 'report'))['verdict']).toBe('valid');
  await project.write('one.schema.yaml', lines('[serving]'));
  await expect(project.run(sections('{schema: one.schema.yaml}'))).rejects.toThrow(/column asked_at is missing/);
});

test('quarantine takes no row out for a domain in which a share of the values must be, and stops where it is missed', async () => {
  const declared = (share: number): string =>
    `schema: 1\nadditional: allow\ncolumns:\n  Island: {type: string, domain: [Biscoe, Dream], domain_share: ${share}}\n`;
  await project.write('share.schema.yaml', declared(0.5));
  const run = await project.run(sections('{schema: share.schema.yaml, on_failure: quarantine}'));
  expect(run.steps['validation']!.values).toEqual({ verdict: 'valid', quarantined: 0 });
  await project.write('all.schema.yaml', declared(0.99));
  await expect(project.run(sections('{schema: all.schema.yaml, on_failure: quarantine}'))).rejects.toThrow(
    /Island has values outside its domain/,
  );
});

test('quarantine takes out what a failing check names: tolerated rows stay, and with of: all those without a value go too', async () => {
  const declared = (more: string): string =>
    sections(`{on_failure: quarantine, checks: [{that: '\`Body Mass (g)\` < 6000', ${more}}]}`);
  const counts = async (more: string): Promise<number> =>
    Object.values(validationReport.parse(await (await project.run(declared(more))).json('validation', 'report')).parts)
      .map((part) => part.quarantinedRows)
      .reduce((sum, count) => sum + count, 0);
  const present = await counts("why: ''");
  expect(await counts('tolerance: 50%')).toBe(0);
  expect(await counts('tolerance: 200 rows')).toBe(0);
  const all = await counts('of: all');
  expect(all).toBeGreaterThan(present);
  expect(await counts('of: all, where: "`Body Mass (g)` is not null"')).toBe(present);
});

test('the moment that checks ask for is declared, or that of the step, and in the report', async () => {
  const fresh = 'checks: ["age(min(row * 0 + 1)) > 0"]';
  await expect(project.run(sections(`{${fresh}}`))).rejects.toThrow(/age takes a time/);
  const declared = sections('{as_of: 2026-01-01, checks: ["now() == \'2026-01-01\' and row_count() > 0"]}');
  const report = validationReport.parse(await (await project.run(declared)).json('validation', 'report'));
  expect([report.asOf, report.verdict]).toEqual(['2026-01-01T00:00:00.000Z', 'valid']);
  const unsaid = validationReport.parse(
    await (await project.run(sections('{checks: ["now() > \'2026-01-01\' and row_count() > 0"]}'))).json(
      'validation',
      'report',
    ),
  );
  expect(Date.parse(unsaid.asOf!)).toBeGreaterThan(Date.parse('2026-01-01'));
  const files = { root: project.root, digest: async () => 'sha256:1' as never, glob: async () => [] };
  const keyOf = async (text: string): Promise<object> =>
    fingerprintValidation(planOf(sections(text)).find(({ name }) => name === 'validation')!.params, files);
  expect(await keyOf('{checks: [row_count() > 0]}')).toEqual({});
  expect(await keyOf("{as_of: 2026-01-01, checks: [now() > '2026-01-01']}")).toEqual({ now: 1_767_225_600_000 });
  expect(Object.keys(await keyOf("{checks: [now() > '2026-01-01']}"))).toEqual(['now']);
});

test('quarantine stops for what no row alone is to blame for', async () => {
  for (const declared of [
    "checks: [{that: 'row_count() > 100000'}]",
    "checks: [{that: 'unique(Island)'}]",
    "checks: [{that: 'nonsense > 1'}]",
    "checks: [{that: 'row < 0'}]",
  ])
    await expect(project.run(sections(`{on_failure: quarantine, ${declared}}`)), declared).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
});

test('a schema file that is missing or wrong is named; its digest is part of the key', async () => {
  await expect(project.run(sections('{schema: none.yaml}'))).rejects.toThrow(/none.yaml, found no file/);
  await project.write('bad.schema.yaml', 'schema: 1\ncolumns: {Species: {type: text}}\n');
  await expect(project.run(sections('{schema: bad.schema.yaml}'))).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
  const step = planOf(sections('{schema: penguins.schema.yaml}')).find((one) => one.name === 'validation')!;
  const files = { root: project.root, digest: async () => 'sha256:1' as never, glob: async () => [] };
  expect(await fingerprintValidation(step.params, files)).toEqual({ 'file:penguins.schema.yaml': 'sha256:1' });
});
