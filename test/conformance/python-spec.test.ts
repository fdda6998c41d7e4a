/* The Python SDK and the TypeScript builder write the same document, byte for byte, for each example. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  canonicalSpec,
  defineSpec,
  parseSpec,
  resolveSpec,
  type SpecDocument,
  specText,
} from '../../src/spec/index.ts';

const root = join(import.meta.dirname, '../..');
const python = process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';
const program = `
import json, sys
from mlspec.spec import Spec
document = json.load(sys.stdin)
document.pop("mlspec")
sys.stdout.write(Spec(**document).to_canonical_json())
`;

test.each([...globSync('examples/*/mlspec.yaml', { cwd: root }).sort(), 'test/golden/spec/design.yaml'])(
  '%s',
  (file) => {
    const yaml = readFileSync(join(root, file), 'utf8');
    const document = parse(yaml) as SpecDocument;
    const byPython = execFileSync(python, ['-c', program], {
      input: JSON.stringify(document),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], PYTHONPATH: join(root, 'python'), PYTHONIOENCODING: 'utf-8' },
    });
    expect(byPython).toBe(specText(defineSpec(document)));
    const resolved = [yaml, byPython].map((text) => resolveSpec(parseSpec(text, { file })).spec);
    expect(canonicalSpec(resolved[1]!)).toBe(canonicalSpec(resolved[0]!));
  },
);
