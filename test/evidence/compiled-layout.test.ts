/* What a declaration becomes that its owner signs: who may carry out each step, and what its test may come to. */
import { expect, test } from 'vitest';
import { compileLayout } from '../../src/pipeline/compile-layout.ts';
import { planPipeline } from '../../src/pipeline/planning.ts';
import type { Functionary, LayoutStep } from '../../src/provenance/index.ts';
import { layoutStatement } from '../../src/provenance/layout/layout.ts';
import { readLayout } from '../../src/provenance/layout/read-layout.ts';
import { parseSpec, resolveSpec, verifySpec } from '../../src/spec/index.ts';
import { stages } from '../../src/steps/index.ts';
import { runner, validator } from './signed-run.ts';

const functionary = (role: Functionary['role']): Functionary => {
  const { keyId, algorithm, publicKey } = role === 'runner' ? runner : validator;
  return { keyId, algorithm, publicKey, role };
};
const both = [functionary('runner'), functionary('validator')];

/** The steps of the layout of a declaration with some sections, as they are read back from its statement. */
function layoutOf(sections: string, functionaries: readonly Functionary[] = both): Map<string, LayoutStep> {
  const text = `mlspec: 1
name: late
task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {d: {csv: d.csv}}}
splitting: {parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}
training: {python: "train.py:train"}
${sections}`;
  const parsed = parseSpec(text, { file: 'mlspec.yaml' });
  const { spec, findings } = resolveSpec(parsed);
  const errors = [...parsed.findings, ...findings, ...verifySpec(spec!)].filter(({ severity }) => severity === 'error');
  expect(errors).toEqual([]);
  const { plan, findings: found } = planPipeline(spec!, stages);
  expect(found).toEqual([]);
  const layout = compileLayout(plan!, { id: 'run_1', atMs: 0, functionaries });
  const read = readLayout(JSON.parse(layoutStatement(layout).body).predicate)!;
  expect(read).toEqual(JSON.parse(JSON.stringify(layout)));
  return new Map(read.steps.map((step) => [step.name, step]));
}

const gate = `objectives: {gates: {final: {on: test, reliability: 0.9}}, require: {good: new.accuracy > 0.5 +/- 0.2}}
testing: {gates: [final]}`;
const resultsOf = (steps: Map<string, LayoutStep>, name: string): unknown =>
  Object.values(steps.get(name)!.attributes ?? {});

test('gates are carried out by the validator where there is one, everything else by the runner', () => {
  const steps = layoutOf(gate);
  const by = [...steps.values()].map(({ name, performedBy }) => [name, performedBy]);
  expect(by).toContainEqual(['testing/final', 'validator']);
  expect(by).toContainEqual(['training', 'runner']);
  expect(by.filter(([, role]) => role !== 'runner')).toHaveLength(1);
  const alone = [...layoutOf(gate, both.slice(0, 1)).values()];
  expect(new Set(alone.map(({ performedBy }) => performedBy))).toEqual(new Set(['runner']));
});

const strict = 'leakage: fail';
test.each([
  ['stops at everything', `{checks: [x > 0], ${strict}}`, ['PASSED']],
  ['looks for leakage alone', `{${strict}}`, ['PASSED']],
  ['looks for nothing', '{leakage: none}', ['PASSED', 'WARNED']],
  ['warns of leakage, as by default', '{checks: [x > 0]}', ['PASSED', 'WARNED']],
  ['has a check that warns', `{checks: [{that: x > 0, severity: warn}], ${strict}}`, ['PASSED', 'WARNED']],
  ['goes on', `{checks: [x > 0], on_failure: warn, ${strict}}`, ['PASSED', 'WARNED']],
  ['goes on with clean rows', `{checks: [x > 0], on_failure: quarantine, ${strict}}`, ['PASSED', 'WARNED']],
  ['has a schema, which may have warnings', `{schema: schema.yaml, ${strict}}`, ['PASSED', 'WARNED']],
])('a validation that %s', (_, validation, result) => {
  expect(resultsOf(layoutOf(`validation: ${validation}`), 'validation')).toEqual([{ result }]);
});

test('an evaluation may fail only where an objective stops a release', () => {
  const evaluated = (more: string): unknown =>
    resultsOf(layoutOf(`evaluation: {on: validation}\n${more}`), 'evaluation');
  expect(evaluated('')).toEqual([{ result: ['PASSED', 'WARNED'] }]);
  expect(evaluated(gate)).toEqual([{ result: ['PASSED', 'WARNED'] }]);
  const measured = 'objectives: {require: {good: {that: new.accuracy > 0.5, gate: measured}}}';
  expect(evaluated(measured)).toEqual([{ result: ['PASSED', 'WARNED', 'FAILED'] }]);
});

test('what a gate may say is for packaging to heed', () => {
  expect(resultsOf(layoutOf(gate), 'testing/final')).toEqual([]);
});
