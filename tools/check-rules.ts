/* Every rule of findings is named by a test: what a declaration can be told is shown by one that is told it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { originalRules } from '../src/originals/index.ts';
import { ruleCatalogue } from '../src/spec/index.ts';
import { isTestFile, listFiles, type Problem, report, repositoryRoot } from './problem.ts';

/** The rules that no test names, of those in the catalogue and of those that sources write out. */
export function checkRules(root: string, catalogue: Iterable<string>): { rules: string[]; problems: Problem[] } {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const files = ['src', 'test'].flatMap((folder) => listFiles(root, folder, ['.ts']));
  const isTest = (file: string) => isTestFile(file) || file.startsWith('test/');
  const sources = files.filter((file) => !isTest(file)).map(read);
  const written = sources.flatMap((text) =>
    [...text.matchAll(/\brule: '([a-z]+\/[a-z-]+)'/g)].map((found) => found[1]!),
  );
  const tests = files.filter(isTest).map(read).join('\n').replaceAll('\\/', '/');
  const rules = [...new Set([...catalogue, ...written])].sort();
  const problems = rules
    .filter(
      (rule) => !tests.includes(rule) && !(rule.startsWith('expression/') && tests.includes(`'${rule.slice(11)}'`)),
    )
    .map((rule) => ({ file: 'src', line: 0, rule: 'rules/untested', message: `${rule} is named by no test.` }));
  return { rules, problems };
}

if (import.meta.main) {
  const { rules, problems } = checkRules(repositoryRoot, [...ruleCatalogue().keys(), ...Object.keys(originalRules)]);
  report('rules', problems, `${rules.length} rules`);
}
