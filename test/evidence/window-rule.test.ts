/* The rule that production data were compared with what the run trained on, alone, against statements that lie. */
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/encoding/index.ts';
import { newSigner } from '../../src/provenance/fixtures/new-signer.ts';
import { type MonitoringWindow, monitoringWindowStatement } from '../../src/provenance/monitoring-statement.ts';
import type { RunEvidence } from '../../src/provenance/verify/case.ts';
import { acceptedStatements } from '../../src/provenance/verify/index.ts';
import { verifyRun } from '../../src/provenance/verify/verify-run.ts';
import { by, owner, runWith, spec, stranger, watched, withLater } from './signed-run.ts';

describe('the rule', () => {
  const broken = async (evidence: RunEvidence): Promise<string[]> =>
    (await verifyRun(evidence, by)).rules.filter(({ holds }) => !holds).map(({ rule }) => rule);
  const stated = async (lie: Partial<MonitoringWindow> = {}): Promise<RunEvidence> =>
    await withLater(await runWith(), monitoringWindowStatement({ ...watched, ...lie }));
  const trainedOn = (lie: Partial<MonitoringWindow['trained']>): Partial<MonitoringWindow> => ({
    trained: { ...watched.trained, ...lie },
  });

  it('holds of the training part and its profile, and tells what was found', async () => {
    const evidence = await stated();
    const verdict = await verifyRun(evidence, by);
    expect(verdict).toMatchObject({
      isGood: true,
      windows: [{ model: 'flights/1.0.0', rowCount: 100, columnCount: 2, drifted: ['distance', 'hour'], place: 100 }],
    });
    expect(acceptedStatements(evidence, by.trust).at(-1)).toMatchObject({ kind: 'window', place: 100 });
  });

  it.each([
    ['the validation part', trainedOn({ dataset: digestOf('splitting/validation') })],
    ['the sealed part', trainedOn({ dataset: digestOf('splitting/test') })],
    ['the transformed part', trainedOn({ dataset: digestOf('transformation/train') })],
    ['the training part of another run', trainedOn({ dataset: digestOf('another') })],
    ['the profile of another run', trainedOn({ profile: digestOf('another') })],
    ['another output as the profile', trainedOn({ profile: digestOf('validation/report') })],
    ['another declaration', { spec: { ...spec, digest: digestOf('another') } }],
  ] as const)('is broken by %s; taking the statement away is found, too', async (_, lie) => {
    const evidence = await stated(lie);
    expect(await broken(evidence)).toEqual(['monitoring/trained']);
    expect(await broken({ ...evidence, about: evidence.about.slice(0, -1) })).toEqual(['log/complete']);
  });

  it('is broken by a profile that was made of another part than training had', async () => {
    const other = digestOf('splitting/validation');
    const run = await runWith({
      facts: (facts) =>
        facts.step === 'analysis' ? { ...facts, inputs: [{ ...facts.inputs[0]!, digest: other }] } : facts,
    });
    const evidence = await withLater(run, monitoringWindowStatement(watched));
    expect(await broken(evidence)).toEqual(['flow/inputs', 'monitoring/trained']);
  });

  it('is broken by a statement that says something else now, has another form, or that nobody signed who counts', async () => {
    const evidence = await stated();
    const other = (await stated({ window: { ...watched.window, rowCount: 101 } })).about.at(-1)!;
    const { signatures } = evidence.about.at(-1)!.envelope;
    const swapped = { ...other, envelope: { ...other.envelope, signatures } };
    const put = (last: RunEvidence['about'][number]): RunEvidence => ({
      ...evidence,
      about: [...evidence.about.slice(0, -1), last],
    });
    expect(await broken(put(swapped))).toEqual(['log/complete']);
    expect(await broken(await stated({ falseAlarmRate: 2 }))).toEqual(['monitoring/trained']);
    for (const signer of [owner, newSigner()])
      expect(await broken(await withLater(await runWith(), monitoringWindowStatement(watched), { signer }))).toEqual([
        'monitoring/trained',
      ]);
    expect(await broken({ ...evidence, logged: null })).toEqual(['log/complete']);
  });

  it('counts a key that is trusted as runner by now, and looks at nothing that no log holds', async () => {
    const byOther = await withLater(await runWith(), monitoringWindowStatement(watched), { signer: stranger });
    expect(await broken(byOther)).toEqual([]);
    const lie = monitoringWindowStatement({ ...watched, ...trainedOn({ dataset: digestOf('another') }) });
    const verdict = await verifyRun(await withLater(await runWith(), lie, { place: null }), by);
    expect(verdict).toMatchObject({ isGood: true, windows: [] });
  });

  it('is told of no run but its own', async () => {
    const verdict = await verifyRun(await stated({ run: 'run_2' }), by);
    expect(verdict).toMatchObject({ isGood: true, windows: [] });
  });
});
