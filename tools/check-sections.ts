/*
 * Invariant I13: the sections of the declaration, the pages of the reference and the folders of the stages that run are
 * equal. A section is src/spec/sections/<section>.ts, which exports <section>Section; its page is docs/reference/<section>.md; where it is a stage that
 * runs as steps, its code is src/steps/<section>/; where it runs continuously, a module of the same name.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sectionNames } from '../src/spec/index.ts';
import { type Problem, report, repositoryRoot } from './problem.ts';

/** The thirteen sections of the lifecycle, in its order. */
export const lifecycle = sectionNames;
/** Sections that run as steps of a plan: each has its folder in src/steps. */
export const runningStages = lifecycle.filter(
  (name) => !['objectives', 'serving', 'monitoring', 'logging'].includes(name),
);
/** The folder of src/steps that plans the steps of the project's own (the section `steps`). */
const declaredSteps = 'declared';
/** Keys of the document beside the lifecycle that have a page of their own. */
const furtherPages = ['document', 'task', 'features', 'models', 'steps', 'triggers'];

/** All differences between sections, pages and folders below `root`. */
export function checkSections(root: string): Problem[] {
  const problems: Problem[] = [];
  const add = (file: string, rule: string, message: string) => problems.push({ file, line: 0, rule, message });
  for (const name of lifecycle) {
    const file = `src/spec/sections/${name}.ts`;
    const source = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
    if (!source.includes(`export const ${name}Section`)) {
      add(file, 'sections/no-section', `the file exports the type ${name}Section.`);
    }
  }
  for (const name of [...lifecycle, ...furtherPages]) {
    const page = `docs/reference/${name}.md`;
    if (!existsSync(join(root, page))) add(page, 'sections/no-page', `${name} has no page in the reference.`);
    else if (!readFileSync(join(root, page), 'utf8').startsWith(`# ${name}\n`)) {
      add(page, 'sections/page-title', `the page begins with "# ${name}".`);
    }
  }
  const steps = join(root, 'src/steps');
  const stages = existsSync(steps)
    ? readdirSync(steps, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    : [];
  for (const name of runningStages) {
    if (!stages.includes(name)) add(`src/steps/${name}`, 'sections/no-stage', `the stage ${name} has no folder.`);
  }
  for (const name of stages) {
    if (name !== declaredSteps && !(lifecycle as readonly string[]).includes(name)) {
      add(
        `src/steps/${name}`,
        'sections/odd-stage',
        `${name} is no section; a folder of src/steps is one lifecycle stage.`,
      );
    }
  }
  return problems;
}

if (import.meta.main) report('sections', checkSections(repositoryRoot), `${lifecycle.length} sections`);
