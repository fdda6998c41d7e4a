import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../encoding/index.ts';
import type { AcceptedStatement } from '../../provenance/verify/index.ts';
import type { RunView } from '../run-view.ts';
import type { GovernanceFacts } from './facts.ts';
import { fillTemplate } from './fill-template.ts';
import { governanceReport } from './report-form.ts';
import { sourceNames } from './source-names.ts';
import type { GovernanceTemplate } from './template.ts';

const everything: GovernanceTemplate = {
  template: 1,
  id: 'all',
  title: 'All',
  dated: '2026-01-31',
  source: { name: 'n', version: 'v', date: '2026-01-01' },
  sections: [
    {
      number: 'A',
      title: 't',
      points: [{ number: 'A.1', asks: 'what', cells: sourceNames.map((from) => ({ id: from, from })) }],
    },
  ],
};

const named = (name: string, type: string | null = null) => ({ name, digest: digestOf(name), type });
let place = 0;
const stated = (kind: AcceptedStatement['kind'], more: Partial<AcceptedStatement>): AcceptedStatement => ({
  ...{ kind, digest: digestOf(`${kind} ${place}`), signedBy: ['key'], place: place++, step: null, stage: null },
  ...{ subjects: [], materials: [], predicate: {} },
  ...more,
});
const evidence: readonly AcceptedStatement[] = [
  stated('layout', { subjects: [named('run/r'), named('spec')] }),
  stated('objectives', { subjects: [named('gate/final')] }),
  stated('execution', {
    ...{ step: 'ingestion', stage: 'ingestion', materials: [named('external/file:d.csv'), named('code/a.py')] },
    subjects: [named('output/dataset', 'Dataset')],
  }),
  stated('finding', { step: 'splitting', stage: 'splitting', subjects: [named('output/train')] }),
  stated('execution', {
    ...{ step: 'training', stage: 'training', materials: [named('input/train', 'Dataset'), named('environment/uv')] },
    subjects: [named('output/model', 'Model')],
  }),
  stated('finding', { step: 'final', stage: 'testing', subjects: [named('output/verdict')] }),
  stated('approval', { subjects: [named('m/1.0.0', 'Package')] }),
  stated('deployment', { subjects: [named('m/1.0.0', 'Package')] }),
  stated('deployment', { subjects: [named('another/1.0.0', 'Package')] }),
  stated('window', { subjects: [named('train', 'Dataset')] }),
  stated('reference', { subjects: [named('bom.json', 'application/vnd.cyclonedx+json; version=1.7')] }),
  stated('reference', { subjects: [named('governance.html', 'text/html')] }),
  stated('end', { subjects: [named('run/r')] }),
];

const model = { name: 'm', artifact: named('m/1.0.0'), training: { name: 'training' }, evaluation: null };
const run = {
  ...{ id: 'run_1', name: 'm', description: '', owners: [], state: 'COMPLETE', specDigest: digestOf('spec') },
  ...{ recordDigest: null, log: 'log', program: { name: 'mlspec', version: '0' }, steps: [], models: [model] },
} as unknown as RunView;
const facts: GovernanceFacts = {
  ...{ run, models: run.models, version: null, approvalsNeeded: 0, declared: {}, evidence, erased: new Set<Digest>() },
  verification: { isGood: true, broken: [], level: 'signed', next: null, missing: [], caveats: [] },
};

const verifiedIn = (of: GovernanceFacts): string[] =>
  fillTemplate(everything, of, { about: 'm' }).sections[0]!.points[0]!.cells.flatMap(({ id, state }) =>
    state === 'verified' ? [id] : [],
  );

describe('a cell is verified', () => {
  it('where a statement names its digest', () => {
    expect(verifiedIn(facts)).toEqual([
      ...['declaration', 'lifecycle', 'objectives', 'data-sources', 'data-parts', 'training-data', 'model', 'gates'],
      ...['approvals', 'deployments', 'windows', 'environments', 'code', 'compute', 'bill-of-materials', 'record'],
    ]);
  });

  it('never by taking a statement, a signature or a digest away', () => {
    const whole = new Set(verifiedIn(facts));
    fc.assert(
      fc.property(fc.subarray([...evidence]), fc.subarray([...evidence]), (kept, unsigned) => {
        const left = kept.map((one) => (unsigned.includes(one) ? { ...one, signedBy: [] } : one));
        const found = verifiedIn({ ...facts, evidence: left });
        expect(found.every((id) => whole.has(id))).toBe(true);
        if (left.every(({ signedBy }) => signedBy.length === 0)) expect(found).toEqual([]);
      }),
    );
  });

  it('never in a run that verification rejects, and never by content that was erased', () => {
    expect(verifiedIn({ ...facts, verification: { ...facts.verification, isGood: false } })).toEqual([]);
    const erased = new Set([digestOf('input/train')]);
    expect(verifiedIn({ ...facts, erased })).not.toContain('training-data');
  });

  it('of a version by what was said of that version alone', () => {
    expect(verifiedIn({ ...facts, version: 'm/1.0.0' })).toContain('approvals');
    expect(verifiedIn({ ...facts, version: 'm/1.0.1' })).not.toContain('approvals');
    expect(verifiedIn({ ...facts, models: [] })).not.toContain('approvals');
  });
});

it('whatever predicates hold, a report is made', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...evidence), (predicate, changed) => {
      const odd = evidence.map((one) => (one === changed ? { ...one, predicate } : one));
      expect(() => verifiedIn({ ...facts, evidence: odd })).not.toThrow();
    }),
  );
});

describe('the published form', () => {
  it('is that of reports, and of nothing else', () => {
    const report = fillTemplate(everything, facts, { about: 'a run' });
    const written = governanceReport.parse(JSON.parse(JSON.stringify(report)));
    expect(written).toEqual(report);
    for (const change of [{ more: 1 }, { counts: {} }, { madeBy: null }])
      expect(governanceReport.safeParse({ ...report, ...change }).success).toBe(false);
  });
});
