/** The process of an SQL step: `node sql-runner.ts INVOCATION`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordCode } from './code-recorder.ts';

const programRoot = fileURLToPath(new URL('../../..', import.meta.url));
const invocation = JSON.parse(readFileSync(process.argv[2]!, 'utf8'));
const recorder = recordCode({ projectRoot: invocation.projectRoot, programRoot });
const { runSql } = await import('./run-sql.ts');
const { exitSoon } = await import('./run-builtin.ts');
exitSoon(await runSql(invocation, recorder));
