/**
 * The process of a built-in step: `node builtin-runner.ts INVOCATION STAGES`, where STAGES is the module that exports
 * `stages`. Only the recorder is loaded before it records, so that the record knows all code that really ran.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { recordCode } from './code-recorder.ts';

const programRoot = fileURLToPath(new URL('../../..', import.meta.url));
const [invocationPath, stagesPath] = process.argv.slice(2) as [string, string];
const invocation = JSON.parse(readFileSync(invocationPath, 'utf8'));
const recorder = recordCode({ projectRoot: invocation.projectRoot, programRoot });
const { exitSoon, runBuiltin } = await import('./run-builtin.ts');
const { stages } = await import(pathToFileURL(stagesPath).href);
exitSoon(await runBuiltin(invocation, { recorder, stages }));
