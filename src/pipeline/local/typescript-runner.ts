/**
 * The process of a TypeScript step: `node typescript-runner.ts INVOCATION`. Only the recorder is loaded before it
 * records, so that the record knows all code that really ran.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordCode } from './code-recorder.ts';

const programRoot = fileURLToPath(new URL('../../..', import.meta.url));
const invocation = JSON.parse(readFileSync(process.argv[2]!, 'utf8'));
const recorder = recordCode({ projectRoot: invocation.projectRoot, programRoot });
const { runTypescript } = await import('./run-typescript.ts');
const { exitSoon } = await import('./run-builtin.ts');
exitSoon(await runTypescript(invocation, recorder));
