/*
 * `npm run check`: everything that must hold before a change is taken. Each check is a process of its own; as many run at
 * once as there are cores. A line for each; what failed is printed in full at the end.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './problem.ts';

interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

const node = process.execPath;
const bin = (name: string) => join(repositoryRoot, 'node_modules', '.bin', name);
const tool = (name: string, file: string, ...more: string[]): Check => ({
  name,
  command: [node, `tools/${file}`, ...more],
});

/** Every check, the long ones first. */
const checks: readonly Check[] = [
  { name: 'types', command: [bin('tsc'), '--noEmit', '-p', '.'] },
  { name: 'lint and format', command: [bin('biome'), 'check', '--error-on-warnings', '.'] },
  tool('modules', 'check-modules.ts'),
  tool('files', 'check-files.ts'),
  tool('doc comments', 'check-doc-comments.ts'),
  tool('error codes', 'check-error-codes.ts'),
  tool('rules', 'check-rules.ts'),
  tool('sections', 'check-sections.ts'),
  tool('documents', 'check-docs.ts'),
  tool('errors reference', 'generate-errors-reference.ts', '--check'),
  tool('JSON Schemas', 'generate-schemas.ts', '--check'),
  tool('OpenAPI document', 'generate-openapi.ts', '--check'),
  tool('metrics reference', 'generate-metrics-reference.ts', '--check'),
  tool('section tables', 'generate-section-reference.ts', '--check'),
  tool('original MLSpec', 'generate-original-reference.ts', '--check'),
  tool('transform functions', 'generate-transform-reference.ts', '--check'),
  tool('checks', 'generate-checks-reference.ts', '--check'),
  tool('check importers', 'generate-check-importers.ts', '--check'),
  tool('transform vectors', '../test/golden/transform/make-vectors.ts', '--check'),
  tool('command reference', 'generate-cli-reference.ts', '--check'),
  tool('MLflow endpoints', 'generate-mlflow-compatibility.ts', '--check'),
  tool('table of modules', 'generate-modules-table.ts', '--check'),
];

interface Outcome {
  readonly check: Check;
  readonly code: number;
  readonly output: string;
}

function run(check: Check): Promise<Outcome> {
  const startedAtMs = performance.now();
  return new Promise((resolve) => {
    const [file, ...args] = check.command as [string, ...string[]];
    const child = spawn(file, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    const done = (code: number) => {
      const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${check.name.padEnd(18)} ${seconds.padStart(5)} s`);
      resolve({ check, code, output });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      done(127);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

const waiting = [...checks];
const outcomes: Outcome[] = [];
const worker = async (): Promise<void> => {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) outcomes.push(await run(check));
};
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));

const failed = outcomes.filter((outcome) => outcome.code !== 0);
for (const { check, output } of failed) console.log(`\n--- ${check.name}\n${output.trimEnd()}`);
console.log(
  failed.length === 0 ? `\n${checks.length} checks passed` : `\n${failed.length} of ${checks.length} checks failed`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
