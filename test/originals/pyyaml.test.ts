/* Nothing is lost to PyYAML, with which the original library reads: it sees the same values in what was read and in what is written. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { readOriginals, writeOriginal } from '../../src/originals/index.ts';
import { testPython } from '../../tools/python-env.ts';

const keep = { file: 'x.yaml', credentials: 'keep' } as const;

/** Words that YAML 1.1, YAML 1.2 and people take differently. */
const words = [
  ...'1.50 0x1F 010 1_000 1:30 1:30.5 yes No on ~ null 1e3 1.e+3 .5 -0 -0.0 +1 0o17 y n 16Gi 12e34 0b11 1.0.0 TRUE'.split(
    ' ',
  ),
  ...['2019-01-01', '1970-01-11 00:00:00.00000', '2001-12-14t21:59:43.10-05:00'],
];

it('is the same to PyYAML, words of YAML 1.1 and times included', () => {
  const head = 'schema_type: job\nschema_version: 0.1.0\n';
  const texts = [
    `${head}custom:\n${words.map((word, index) => `  k${index}: ${word}\n`).join('')}`,
    `${head}custom: {list: [${words.join(', ')}], text: "a\\tb\\u0085", 'yes': "no", "1": '1'}\n`,
    `${head}name: |\n  one\n  two\ntype: >-\n  three\n  four\ncustom: {a: [], b: {}, c: [[1], {d: ~}]}\n`,
  ];
  const written = texts.map((text) => {
    const { documents } = readOriginals(Buffer.from(text), keep);
    return writeOriginal(documents[0]!);
  });
  const program = `import sys, json, pprint, yaml
pairs = json.load(sys.stdin)
print(json.dumps([[pprint.pformat(yaml.safe_load(text)) for text in pair] for pair in pairs]))`;
  const input = JSON.stringify(texts.map((text, index) => [text, written[index]]));
  const { stdout, stderr } = spawnSync(testPython(), ['-c', program], { input, encoding: 'utf8' });
  expect(stderr).toBe('');
  for (const [before, after] of JSON.parse(stdout) as [string, string][]) expect(after).toBe(before);
});
