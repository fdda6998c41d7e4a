/*
 * Invariant I10, its second half: every error code is raised somewhere and named by a test. (That it stands in the
 * reference is checked with the documents; that it stands in the catalogue, by the compiler.)
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../src/errors/index.ts';
import { isTestFile, listFiles, type Problem, report, repositoryRoot } from './problem.ts';

/** The codes that no source raises or no test names. */
export function checkErrorCodes(root: string, codes: readonly string[]): Problem[] {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const files = ['src', 'python', 'test'].flatMap((folder) => listFiles(root, folder, ['.ts', '.py']));
  const isTest = (file: string) => isTestFile(file) || file.startsWith('test/') || /(^|\/)test_[^/]*\.py$/.test(file);
  const tests = files.filter(isTest).map(read).join('\n');
  const sources = files.filter((file) => !isTest(file) && !file.startsWith('src/errors/catalogue')).map(read);
  const source = sources.join('\n');
  const named = (text: string, code: string) => new RegExp(`\\b${code}\\b`).test(text);
  return codes.flatMap((code) => {
    const problem = (rule: string, message: string): Problem => ({
      file: 'src/errors/catalogue',
      line: 0,
      rule,
      message,
    });
    if (!named(source, code)) return [problem('error-codes/unused', `${code} is raised nowhere; remove it.`)];
    return named(tests, code) ? [] : [problem('error-codes/untested', `${code} is named by no test.`)];
  });
}

if (import.meta.main) {
  const codes = Object.keys(catalogue);
  report('error codes', checkErrorCodes(repositoryRoot, codes), `${codes.length} codes`);
}
