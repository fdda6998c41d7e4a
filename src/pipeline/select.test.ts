import { describe, expect, it } from 'vitest';
import { digestJson } from '../encoding/index.ts';
import { completeStep, digestSteps, type Plan } from './plan.ts';
import { type Selection, selectSteps } from './select.ts';

function chain(): Plan {
  const make = (name: string, needs: string[], rest: object = {}) =>
    completeStep({ name, stage: 'steps', component: { kind: 'command', argv: ['true'] }, needs, ...rest });
  const steps = [
    make('ingest', [], { stage: 'ingestion' }),
    make('fit[n=1]', ['ingest']),
    make('fit[n=2]', ['ingest']),
    make('join', ['fit[n=1]', 'fit[n=2]']),
    make('side', ['ingest'], { stage: 'analysis' }),
    make('test', ['join'], { stage: 'testing', verb: 'release' }),
  ];
  return { name: 'p', specDigest: digestJson({}), digest: digestSteps(steps), steps, declaredOnly: [] };
}

function selected(selection: Selection): { run: string[]; recorded: string[] } {
  const { plan, recordedOnly } = selectSteps(chain(), selection);
  const names = plan.steps.map((step) => step.name);
  return { run: names.filter((name) => !recordedOnly.has(name)), recorded: [...recordedOnly] };
}

describe('selectSteps', () => {
  it('takes all steps of run, and those of release only when asked', () => {
    expect(selected({}).run).toEqual(['ingest', 'fit[n=1]', 'fit[n=2]', 'join', 'side']);
    expect(selected({ release: true }).run).toContain('test');
  });

  it('--until: everything up to and with a step', () => {
    expect(selected({ until: ['fit[n=1]'] })).toEqual({ run: ['ingest', 'fit[n=1]'], recorded: [] });
  });

  it('--from: a step and what follows; what feeds them comes from the record', () => {
    expect(selected({ from: ['fit[n=2]'] })).toEqual({
      run: ['fit[n=2]', 'join'],
      recorded: ['ingest', 'fit[n=1]'],
    });
  });

  it('--only: one step; what feeds it comes from the record', () => {
    expect(selected({ only: ['join'] })).toEqual({ run: ['join'], recorded: ['ingest', 'fit[n=1]', 'fit[n=2]'] });
  });

  it('--from with --until: what lies between', () => {
    expect(selected({ from: ['fit'], until: ['fit[n=1]'] })).toEqual({ run: ['fit[n=1]'], recorded: ['ingest'] });
  });

  it('takes the name of a stage or of a loop for all its steps', () => {
    expect(selected({ until: ['analysis'] }).run).toEqual(['ingest', 'side']);
    expect(selected({ only: ['fit'] }).run).toEqual(['fit[n=1]', 'fit[n=2]']);
  });

  it('gives the reduced plan its own digest, equal for an equal selection', () => {
    const whole = selectSteps(chain(), {}).plan.digest;
    const part = selectSteps(chain(), { until: ['side'] }).plan.digest;
    expect(part).not.toBe(whole);
    expect(selectSteps(chain(), { until: ['analysis'] }).plan.digest).toBe(part);
  });

  it.each(['until', 'from', 'only'] as const)('--%s with an unknown name says what there is', (option) => {
    expect(() => selectSteps(chain(), { [option]: ['nobody'] })).toThrow(
      expect.objectContaining({ code: 'PIPELINE_UNKNOWN_STEP', message: expect.stringContaining('fit[n=1]') }),
    );
  });

  it('says that a step belongs to a release', () => {
    expect(() => selectSteps(chain(), { only: ['testing'] })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('mlspec release') }),
    );
  });
});
