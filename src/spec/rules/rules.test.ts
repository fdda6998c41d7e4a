import { describe, expect, test } from 'vitest';
import { type Finding, parseSpec, resolveSpec, rules, verifySpec } from '../index.ts';

const base = `mlspec: 1
name: late
secrets: [DB]
task: {kind: binary, label: late, key: [id], time: day}
objectives:
  gates: {promotion: {on: test}}
  baselines: {trivial: majority}
  require: {better: accuracy >= 0.9 +/- 0.02}
ingestion: {sources: {rows: {csv: rows.csv, sample: 50%}}}
splitting: {by: time(day), gap: 1d, parts: {train: 70%, validation: 15%, test: 15%}, sealed: [test]}
analysis: {slices: [state, {distance: [1, 2]}]}
training:
  python: train.py:train
  tuning: {maximize: validation.auc, search: {rate: "uniform(0.1, 1)"}}
testing: {gates: [promotion]}
serving: {rollout: [infra_validation, {shadow: 10%}, {canary: [5%, 50%]}, promote]}
monitoring: {drift: all}
steps:
  report: {python: report.py:make, secrets: [DB], for_each: {n: [1, 2]}}
triggers: {schedule: {cron: "*/5 4-6 * jan-mar mon", zone: Europe/Berlin}, on_drift: retrain}
`;

/** The base with lines replaced by their key, or removed where the text is empty. */
function changed(changes: Readonly<Record<string, string>>): string {
  let text = base;
  for (const [key, replacement] of Object.entries(changes)) {
    const form = new RegExp(`^${key}:.*\\n(?: .*\\n)*`, 'm');
    const line = replacement === '' ? '' : `${replacement}\n`;
    text = form.test(text) ? text.replace(form, () => line) : text + line;
  }
  return text;
}

function verify(text: string): Finding[] {
  const parsed = parseSpec(text, { file: 'mlspec.yaml' });
  const resolved = resolveSpec(parsed);
  expect([...parsed.findings, ...resolved.findings].map((finding) => finding.message)).toEqual([]);
  return verifySpec(resolved.spec!);
}

/** For each rule a document that breaks it, and the text that the finding marks. */
const wrong: Readonly<Record<string, readonly (readonly [Readonly<Record<string, string>>, string])[]>> = {
  'spec/task-not-built': [
    [{ task: 'task: {kind: forecasting, label: late, time: day}', objectives: '', testing: '' }, 'forecasting'],
  ],
  'spec/check-part': [
    [{ validation: 'validation: {checks: [{that: x > 0, on: [train, nowhere]}]}' }, '[train, nowhere]'],
  ],
  'spec/sealed-check': [
    [{ validation: 'validation: {checks: [{sql: SELECT 1, that: value > 0, on: test}]}' }, 'SELECT 1, that'],
    [{ validation: 'validation: {checks: [{failing: SELECT * FROM data, on: [train, test]}]}' }, 'SELECT * FROM'],
    [{ validation: 'validation: {checks: [{python: "a.py:b", on: test}]}' }, '"a.py:b"'],
    [{ validation: 'validation: {checks: [{typescript: "a.ts#b", on: test}]}' }, '"a.ts#b"'],
    [{ validation: 'validation: {checks: [{that: row_count(), history: normal, on: test}]}' }, 'normal, on'],
    [{ validation: 'validation: {checks: [{that: t <= now(), on: test}]}' }, 'test}]}'],
    [
      { validation: 'validation: {checks: [{that: x > 0, where: age(t) < 1d, on: [train, test]}]}' },
      '[train, test]}]}',
    ],
    [{ validation: 'validation: {checks: [{that: x > 0, on: test}]}', testing: '' }, 'test}]}'],
    [{ validation: 'validation: {checks: [{that: x > 0, on: test}]}', objectives: '', testing: '' }, 'test}]}'],
  ],
  'spec/sealed-statistics': [[{ analysis: 'analysis: {sealed: profile}', testing: '' }, 'profile}']],
  'spec/label-missing': [[{ task: 'task: {kind: binary, key: id}' }, '{kind: binary, key: id}']],
  'spec/threshold-not-binary': [[{ task: 'task: {kind: multiclass, label: late, threshold: 0.5}' }, '0.5']],
  'spec/ranking-group': [
    [{ task: 'task: {kind: ranking, label: late}', objectives: '', testing: '' }, '{kind: ranking, label: late}'],
  ],
  'spec/label-is-feature': [
    [{ features: 'features: {include: [late, day]}' }, 'late, day]'],
    [{ transformation: 'transformation: {x: log1p(late)}' }, 'late)'],
  ],
  'spec/excluded-column-used': [
    [
      { features: 'features: {exclude: [delay]}', transformation: 'transformation: {x: "log1p(delay) + 1"}' },
      'delay) + 1',
    ],
  ],
  'spec/forbidden-column-used': [
    [
      { features: 'features: {forbidden: race}', transformation: 'transformation: {x: "length(Race) + 1"}' },
      'Race) + 1',
    ],
    [{ features: 'features: {forbidden: [race, ID]}' }, 'id]'],
    [{ features: 'features: {forbidden: race, include: [a, Race]}' }, 'Race]'],
  ],
  'spec/metric-implementation': [
    [{ objectives: 'objectives: {metrics: {m: {range: [0, 1]}}}', testing: '' }, '{range'],
    [{ objectives: 'objectives: {metrics: {m: {python: "a:b", range: [1, 0]}}}', testing: '' }, '[1, 0]'],
  ],
  'spec/fold-column': [
    [
      {
        task: 'task: {kind: binary, label: late, key: [id]}',
        splitting: 'splitting: {parts: {train: 70%, validation: 15%, test: 15%}, sealed: [test], folds: {by: rolling}}',
        training: 'training: {sql: x}',
      },
      '{by: rolling}',
    ],
    [
      {
        splitting: 'splitting: {parts: {train: 70%, validation: 15%, test: 15%}, sealed: [test], folds: {by: group}}',
        training: 'training: {sql: x}',
      },
      '{by: group}',
    ],
  ],
  'spec/fold-gap': [
    [
      {
        splitting: 'splitting: {parts: {train: 70%, validation: 15%, test: 15%}, sealed: [test], folds: {gap: 1d}}',
        training: 'training: {sql: x}',
      },
      '1d',
    ],
  ],
  'spec/fold-part-name': [
    [
      {
        splitting:
          'splitting: {parts: {train: 70%, validation: 5%, held_out: 10%, test: 15%}, sealed: [test], folds: 3}',
        training: 'training: {sql: x}',
      },
      '10%',
    ],
  ],
  'spec/fold-tuning': [
    [
      {
        splitting: 'splitting: {parts: {train: 70%, validation: 15%, test: 15%}, sealed: [test], folds: 3}',
        training: 'training: {sql: x, tuning: {maximize: validation.auc, search: {a: [1]}}}',
      },
      'validation.auc',
    ],
  ],
  'spec/class-weights': [
    [
      {
        task: 'task: {kind: regression, label: late, key: [id], time: day}',
        objectives: '',
        testing: '',
        training: 'training: {sql: x, class_weights: balanced}',
      },
      'balanced',
    ],
    [
      {
        task: 'task: {kind: multiclass, label: late, key: [id], time: day, classes: [a, b]}',
        objectives: '',
        testing: '',
        training: 'training: {sql: x, class_weights: {a: 2}}',
      },
      '{a: 2}',
    ],
  ],
  'spec/label-list': [[{ task: 'task: {kind: binary, label: [late, early]}' }, '[late, early]']],
  'spec/label-in-key': [[{ task: 'task: {kind: binary, label: late, key: [late]}' }, 'late']],
  'spec/classes': [
    [{ task: 'task: {kind: binary, label: late, classes: [a, b, c]}' }, '[a, b, c]'],
    [{ task: 'task: {kind: binary, label: late, classes: [a, b], positive: z}' }, 'z'],
    [{ task: 'task: {kind: multiclass, label: late, positive: a}' }, 'a'],
    [{ task: 'task: {kind: ranking, label: late, group: q, classes: [0, 1]}' }, '[0, 1]'],
  ],
  'spec/no-source': [[{ ingestion: 'ingestion: {sources: {}}' }, '{}']],
  'spec/query-needed': [
    [{ ingestion: 'ingestion: {sources: {a: a.csv, b: b.csv}}' }, '{sources: {a: a.csv, b: b.csv}}'],
  ],
  'spec/secret-undeclared': [
    [{ secrets: '' }, 'DB'],
    [{ ingestion: 'ingestion: {sources: {a: {postgres: OTHER, table: t}}}' }, 'OTHER'],
    [{ steps: 'steps: {g: {steps: {inner: {sql: SELECT 1, secrets: [NOPE]}}}}' }, 'NOPE'],
  ],
  'spec/split-shares': [
    [
      { splitting: 'splitting: {parts: {train: 70%, validation: 15%, test: 14%}, sealed: [test]}' },
      '{train: 70%, validation: 15%, test: 14%}',
    ],
  ],
  'spec/empty-part': [
    [{ splitting: 'splitting: {parts: {train: 70%, validation: 15%, test: 15%, debug: 0%}, sealed: [test]}' }, '0%'],
  ],
  'spec/train-part': [
    [
      { splitting: 'splitting: {parts: {learn: 70%, validation: 15%, test: 15%}, sealed: [test]}' },
      '{learn: 70%, validation: 15%, test: 15%}',
    ],
    [{ splitting: 'splitting: {sealed: [train, test]}' }, '[train, test]'],
  ],
  'spec/unknown-part': [
    [{ splitting: 'splitting: {sealed: [test, holdout]}' }, 'holdout'],
    [{ evaluation: 'evaluation: {on: valid}' }, 'valid'],
    [{ objectives: 'objectives: {gates: {promotion: {on: tset}}, require: {a: accuracy > 0.5}}' }, 'tset'],
    [{ training: 'training: {sql: x, tuning: {minimize: valid.loss, search: {a: [1]}}}' }, 'valid.loss'],
    [{ training: 'training: {sql: x, parts: [train, valid]}' }, 'valid]'],
  ],
  'spec/sealed-part-used': [
    [{ evaluation: 'evaluation: {on: test}' }, 'test'],
    [{ training: 'training: {sql: x, tuning: {minimize: test.loss, search: {a: [1]}}}' }, 'test.loss'],
    [{ training: 'training: {sql: x, parts: [train, test]}' }, 'test]'],
  ],
  'spec/split-column': [
    [{ splitting: 'splitting: {by: group, sealed: [test]}' }, 'group'],
    [{ splitting: 'splitting: {by: time, sealed: [test]}', task: 'task: {kind: binary, label: late}' }, 'time'],
    [{ splitting: 'splitting: {by: predefined, sealed: [test]}' }, 'predefined'],
  ],
  'spec/gap-not-time': [[{ splitting: 'splitting: {by: hash, gap: 1d, sealed: [test]}' }, '1d']],
  'spec/empty-sample': [[{ ingestion: 'ingestion: {sources: {rows: {csv: rows.csv, sample: 0}}}' }, '0']],
  'spec/label-source': [
    [{ ingestion: 'ingestion: {sources: {rows: r.csv}, labels: {late: {from: outcomes, join: id}}}' }, 'outcomes'],
    [{ ingestion: 'ingestion: {sources: {rows: r.csv}, labels: {late: {from: rows}}}' }, '{from: rows}'],
  ],
  'spec/gate-open-part': [[{ splitting: 'splitting: {sealed: []}' }, 'test']],
  'spec/gate-shared-part': [
    [
      {
        objectives: 'objectives: {gates: {promotion: {on: test}, second: {on: test}}, require: {a: accuracy > 0.5}}',
        testing: 'testing: {gates: [promotion, second]}',
      },
      'test',
    ],
  ],
  'spec/unknown-gate': [
    [{ testing: 'testing: {gates: [promotion, final]}' }, 'final'],
    [
      {
        objectives:
          'objectives: {gates: {promotion: {on: test}}, require: {a: {that: accuracy > 0, gate: promotoin}, b: auc > 0}}',
      },
      'promotoin',
    ],
  ],
  'spec/reliability-range': [
    [
      { objectives: 'objectives: {gates: {promotion: {on: test, reliability: 100%}}, require: {a: accuracy > 0}}' },
      '100%',
    ],
  ],
  'spec/gate-unused': [[{ testing: '' }, '{on: test}']],
  'spec/gate-without-key': [[{ task: 'task: {kind: binary, label: late, time: day}' }, 'test}']],
  'spec/gate-empty': [[{ objectives: 'objectives: {gates: {promotion: {on: test}}}' }, '{on: test}']],
  'spec/reserved-name': [
    [
      {
        objectives: 'objectives: {gates: {none: {on: test}}, require: {a: auc > 0}}',
        testing: 'testing: {gates: [none]}',
      },
      '{on: test}',
    ],
    [{ objectives: 'objectives: {baselines: {new: majority}}', testing: '' }, 'majority'],
  ],
  'spec/trivial-baseline': [
    [{ objectives: 'objectives: {baselines: {trivial: mean}}', testing: '' }, 'mean'],
    [
      {
        objectives: 'objectives: {baselines: {trivial: majority}}',
        testing: '',
        task: 'task: {kind: regression, label: late}',
      },
      'majority',
    ],
  ],
  'spec/implementation': [
    [{ training: 'training: {params: {a: 1}}' }, '{params: {a: 1}}'],
    [{ steps: 'steps: {a: {python: x:y, sql: SELECT 1}}' }, '{python: x:y, sql: SELECT 1}'],
  ],
  'spec/environment-unused': [
    [{ validation: 'validation: {environment: r.txt, checks: [x > 0]}' }, 'r.txt'],
    [{ steps: 'steps: {a: {container: tool, environment: {requirements: [x]}}}' }, '{requirements: [x]}'],
    [{ steps: 'steps: {a: {steps: {b: {sql: SELECT 1, environment: r.txt}}}}' }, 'r.txt'],
  ],
  'spec/group-implementation': [[{ steps: 'steps: {a: {sql: SELECT 1, steps: {b: {sql: SELECT 2}}}}' }, 'SELECT 1']],
  'spec/empty-loop': [[{ steps: 'steps: {a: {sql: SELECT 1, for_each: {n: []}}}' }, '[]']],
  'spec/loop-size': [
    [
      {
        steps: `steps: {a: {sql: SELECT 1, for_each: {n: [${Array.from({ length: 101 }, (_, n) => n)}], m: [${Array.from({ length: 100 }, (_, n) => n)}]}}}`,
      },
      '',
    ],
  ],
  'spec/executor-not-built': [[{ executor: 'executor: slurm' }, 'slurm']],
  'spec/model-needs': [
    [{ models: 'models: {a: {needs: [b], training: {sql: x}}, b: {needs: [a], training: {sql: y}}}' }, '[b]'],
    [{ models: 'models: {a: {needs: [c], training: {sql: x}}}' }, '[c]'],
  ],
  'spec/several-models-not-built': [[{ models: 'models: {a: {training: {sql: x}}}' }, '{a: {training: {sql: x}}}']],
  'spec/repeated': [
    [{ secrets: 'secrets: [DB, DB]' }, 'DB'],
    [{ analysis: 'analysis: {slices: [state, state]}' }, 'state'],
  ],
  'spec/feature-excluded': [[{ features: 'features: {include: [a, b], exclude: [b]}' }, 'b']],
  'spec/slice-edges': [[{ analysis: 'analysis: {slices: [{distance: [2, 1]}]}' }, '[2, 1]']],
  'spec/rollout-order': [
    [{ serving: 'serving: {rollout: [promote, infra_validation]}' }, 'infra_validation'],
    [{ serving: 'serving: {rollout: [{canary: [50%, 5%]}, promote]}' }, '[50%, 5%]'],
  ],
  'spec/cron': [
    [{ triggers: 'triggers: {schedule: "61 * * * *"}' }, '"61 * * * *"'],
    [{ triggers: 'triggers: {schedule: {cron: daily}}' }, 'daily'],
    [{ triggers: 'triggers: {schedule: {cron: "0 4 * * 5-1"}}' }, '"0 4 * * 5-1"'],
  ],
  'spec/time-zone': [[{ triggers: 'triggers: {schedule: {cron: "0 4 * * 1", zone: Mars/Olympus}}' }, 'Mars/Olympus']],
  'spec/drift-not-watched': [[{ monitoring: '' }, 'retrain']],
};

describe('static rules', () => {
  test('a right document has no findings', () => {
    expect(verify(base)).toEqual([]);
  });

  test('a check of a sealed part in the language of checks is none of theirs', () => {
    const checks = '[{that: x > 0, on: test, severity: warn}, {that: t <= now(), on: [train, test]}]';
    expect(verify(changed({ validation: `validation: {checks: ${checks}, as_of: 2024-01-01}` }))).toEqual([]);
  });

  test('every rule has a document that breaks it', () => {
    expect(Object.keys(wrong).sort()).toEqual(rules.map((rule) => rule.id).sort());
  });

  for (const [id, documents] of Object.entries(wrong)) {
    for (const [index, [changes, marked]] of documents.entries()) {
      test(`${id}, document ${index + 1}`, () => {
        const text = changed(changes);
        const findings = verify(text).filter((finding) => finding.rule === id);
        expect(findings.length).toBeGreaterThan(0);
        const [{ position, suggestion, message, frame, file }] = findings as [Finding];
        expect({ file, hasSuggestion: Boolean(suggestion), hasMessage: message.length > 0 }).toEqual({
          file: 'mlspec.yaml',
          hasSuggestion: true,
          hasMessage: true,
        });
        expect(frame).toContain('^');
        const [start] = lineStarts(text, position!.line);
        expect(position!.offset).toBe(start! + position!.column - 1);
        if (marked !== '') expect(text.slice(position!.offset).startsWith(marked)).toBe(true);
      });
    }
  }

  test('rule ids are unique and of the form area/kebab-case', () => {
    const ids = rules.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^spec\/[a-z]+(-[a-z]+)*$/);
  });
});

describe('expressions', () => {
  test.each([
    ['objectives', 'objectives: {require: {a: accuracy >> 0.5}}', '> 0.5'],
    ['objectives', 'objectives: {require: {a: {that: "accuracy >= "}}}', '"accuracy'],
    ['objectives', 'objectives: {costs: {c: {when: "predicted and", cost: 1}}}', ''],
    ['validation', 'validation: {checks: [distance betwen 10 and 20]}', 'betwen'],
    ['transformation', "transformation: {x: 'log1p(a b)'}", 'b'],
    ['steps', 'steps: {a: {sql: SELECT 1, when: "evaluation.accuracy > )"}}', ')'],
    ['training', 'training: {sql: x, tuning: {maximize: auc, search: {a: "uniform(0 1)"}}}', '1'],
  ])('a wrong expression in %s is marked where it is wrong: %s', (section, line, marked) => {
    const text = changed({ objectives: '', testing: '', [section]: line });
    const findings = verify(text).filter((finding) => finding.rule.startsWith('expression/'));
    expect(findings).toHaveLength(1);
    if (marked !== '' && marked !== '"accuracy')
      expect(text.slice(findings[0]!.position!.offset)).toMatch(new RegExp(`^${marked.replace(/[)]/g, '\\$&')}`));
  });
});

function lineStarts(text: string, line: number): number[] {
  let offset = 0;
  for (let index = 1; index < line; index++) offset = text.indexOf('\n', offset) + 1;
  return [offset];
}
