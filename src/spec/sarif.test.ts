import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { type Finding, parseSpec, toSarif } from './index.ts';

interface Log {
  readonly version: string;
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: { readonly rules: readonly { readonly id: string; readonly shortDescription?: unknown }[] };
      };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations: readonly unknown[];
        readonly partialFingerprints: Readonly<Record<string, string>>;
      }[];
    },
  ];
}

/** The schema of the OASIS standard, as the npm package `@microsoft/jest-sarif` 1.0.0-beta.0 (MIT) brings it. */
const {
  $schema: _,
  id: __,
  ...schema
} = JSON.parse(
  readFileSync(new URL('../../test/golden/sarif/sarif-2.1.0-rtm.5.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;
// Draft 4, of which it uses nothing that later drafts read otherwise.
const isValid = new Ajv({
  strict: false,
  unicodeRegExp: false,
  formats: { uri: true, 'uri-reference': true, 'date-time': true },
}).compile(schema);

const text = 'mlspec: 1\nname: late\ntask: {kind: binry}\ningestion: {sources: {rows: rows.csv}}\ntrigers: {}\n';
const log = (findings: readonly Finding[]) => toSarif(findings) as unknown as Log;

describe('toSarif', () => {
  const { findings } = parseSpec(text, { file: 'ml spec#1.yaml' });

  test('points at the places, in their order, with the meanings of the rules', () => {
    const [run] = log([...findings].reverse()).runs;
    expect(run.results.map(({ ruleId, level, message }) => [ruleId, level, message.text])).toEqual([
      ['spec/type', 'error', expect.stringContaining('did you mean binary?')],
      ['spec/unknown-key', 'error', 'the document has no key trigers. did you mean triggers?'],
    ]);
    expect(run.results[1]!.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'ml%20spec%231.yaml' },
          region: { startLine: 5, startColumn: 1, endLine: 5, endColumn: 8 },
        },
      },
    ]);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
    expect(run.tool.driver.rules.every((rule) => rule.shortDescription !== undefined)).toBe(true);
  });

  test('fingerprints stay when lines move, and differ between findings', () => {
    const moved = parseSpec(`# a comment\n\n${text}`, { file: 'ml spec#1.yaml' }).findings;
    const fingerprints = (all: readonly Finding[]) => log(all).runs[0].results.map((one) => one.partialFingerprints);
    expect(fingerprints(moved)).toEqual(fingerprints(findings));
    expect(new Set(fingerprints(findings).map((one) => JSON.stringify(one))).size).toBe(2);
  });

  test('without findings is a log without results', () => {
    expect(log([])).toMatchObject({ version: '2.1.0', runs: [{ results: [] }] });
  });

  test('is valid by the schema of the standard, whatever was found', () => {
    const nowhere: Finding = { rule: 'plan/x', severity: 'note', path: [], message: 'without a place' };
    const absolute = parseSpec(text, { file: '/a b/mlspec.yaml' }).findings;
    for (const found of [[], findings, absolute, [nowhere], parseSpec('- a list', { file: 'a.yaml' }).findings]) {
      isValid(toSarif(found));
      expect(isValid.errors ?? []).toEqual([]);
    }
    expect(isValid({ ...toSarif(findings), version: '2' })).toBe(false);
    expect(isValid(toSarif([{ ...nowhere, severity: 'fatal' as 'error' }]))).toBe(false);
  });
});
