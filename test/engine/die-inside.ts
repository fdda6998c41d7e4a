/**
 * Loaded into the process of an engine before everything else (`node --import`): lets it die in the middle of a write.
 * The fail point of the engine says from when on calls are counted, DIE_INSIDE at which of them the process is killed.
 */
import files from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeathInside } from './deaths.ts';

const death: DeathInside = JSON.parse(process.env['DIE_INSIDE']!);
let left: number | null = null;

const kill = process.kill.bind(process);
process.kill = (pid, signal) => {
  if (pid !== process.pid || signal !== 'SIGKILL') return kill(pid, signal);
  left = death.nth;
  return true;
};

/** Makes a call between its two edges, each of which may be the place of death. */
function passing<Result>(call: string, make: () => Result): Result {
  pass('before', call);
  const result = make();
  pass('after', call);
  return result;
}

function pass(edge: DeathInside['edge'], call: string): void {
  if (left === null || edge !== death.edge || !call.startsWith(death.call)) return;
  left -= 1;
  if (left === 0) kill(process.pid, 'SIGKILL');
}

const { linkSync, rmSync, writeFileSync } = files;
files.linkSync = (...given) => passing('link', () => linkSync(...given));
files.rmSync = (...given) => passing('remove', () => rmSync(...given));
files.writeFileSync = (...given) => passing('write', () => writeFileSync(...given));
syncBuiltinESMExports();

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  return passing(sql, () => exec.call(this, sql));
};

const statements: { run(...given: unknown[]): unknown } = StatementSync.prototype;
const { run } = statements;
statements.run = function (this: StatementSync, ...given) {
  return passing(this.sourceSQL, () => run.apply(this, given));
};
