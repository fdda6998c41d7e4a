/**
 * The process that calls a TypeScript function over the rows of a table: `node table-code-runner.ts REQUEST`. Only the recorder is loaded
 * before it records, so that the record knows all code that really ran.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordCode } from './code-recorder.ts';

const programRoot = fileURLToPath(new URL('../../..', import.meta.url));
const request = JSON.parse(readFileSync(process.argv[2]!, 'utf8'));
const recorder = recordCode({ projectRoot: request.projectRoot, programRoot });
const { runTableCode } = await import('./run-table-code.ts');
const { exitSoon } = await import('./run-builtin.ts');
exitSoon(await runTableCode(request, recorder));
