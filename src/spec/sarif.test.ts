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
});
