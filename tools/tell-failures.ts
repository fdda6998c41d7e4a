/*
 * What Vitest tells where nobody watches, beside its dots: a failed test at once, with its place and message, so that a run
 * of half an hour need not be waited for, and the names of all that failed as the last lines. A file that does not end is told and
 * ends the run: Vitest's own limits are timers, which a loop that never waits keeps from going off.
 */
import { spawnSync } from 'node:child_process';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

const mostMessage = 2000;
/** Far more than any file takes, on a slow machine too; the long tests take longer. */
const mostMinutes = process.env['MLSPEC_TEST_FULL'] === '1' ? 240 : 25;

/** The reporter of `npm test`. */
export default class TellFailures implements Reporter {
  readonly #failed: string[] = [];
  readonly #ends = new Map<string, NodeJS.Timeout>();

  onTestModuleStart(module: TestModule): void {
    const { relativeModuleId: name } = module;
    const limit = setTimeout(() => this.#giveUp(name), mostMinutes * 60_000);
    this.#ends.set(name, limit.unref());
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state !== 'failed') return;
    this.#tell(`${test.module.relativeModuleId} > ${test.fullName}`, result.errors);
  }

  onTestModuleEnd(module: TestModule): void {
    clearTimeout(this.#ends.get(module.relativeModuleId));
    if (module.errors().length > 0) this.#tell(module.relativeModuleId, module.errors());
  }

  onTestRunEnd(): void {
    for (const name of this.#failed) process.stdout.write(`failed: ${name}\n`);
  }

  #giveUp(name: string): never {
    this.#tell(name, [{ message: `has not ended after ${mostMinutes} minutes; the run ends here` }]);
    this.onTestRunEnd();
    // A worker that loops does not notice that it lost its parent.
    spawnSync('pkill', ['-KILL', '-P', String(process.pid)]);
    process.exit(1);
  }

  #tell(name: string, errors: readonly { readonly message: string }[]): void {
    this.#failed.push(name);
    const messages = errors.map(({ message }) => message.slice(0, mostMessage)).join('\n');
    process.stdout.write(`\nfailed: ${name}\n${messages}\n`);
  }
}
