/*
 * What Vitest tells where nobody watches, beside its dots: a failed test at once, with its place and message, so that a run
 * of half an hour need not be waited for, and the names of all that failed as the last lines.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

const mostMessage = 2000;

/** The reporter of `npm test`. */
export default class TellFailures implements Reporter {
  readonly #failed: string[] = [];

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state !== 'failed') return;
    this.#tell(`${test.module.relativeModuleId} > ${test.fullName}`, result.errors);
  }

  onTestModuleEnd(module: TestModule): void {
    if (module.errors().length > 0) this.#tell(module.relativeModuleId, module.errors());
  }

  onTestRunEnd(): void {
    for (const name of this.#failed) process.stdout.write(`failed: ${name}\n`);
  }

  #tell(name: string, errors: readonly { readonly message: string }[]): void {
    this.#failed.push(name);
    const messages = errors.map(({ message }) => message.slice(0, mostMessage)).join('\n');
    process.stdout.write(`\nfailed: ${name}\n${messages}\n`);
  }
}
