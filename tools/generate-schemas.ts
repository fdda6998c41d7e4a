/*
 * Writes the published JSON Schemas (draft-07) into schemas/: the document, the result of each stage, the predicates of
 * our own, templates of governance reports, answers to them and the reports. Their one source are Zod types: that of src/spec, those that
 * `src/steps/<stage>/result.ts` exports, and those of src/provenance and src/exports/governance.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { governanceAnswers, governanceReport, governanceTemplate } from '../src/exports/governance/index.ts';
import {
  deploymentPredicate,
  erasurePredicate,
  layoutPredicate,
  monitoringWindowPredicate,
  objectivesPredicate,
  runPredicate,
  splitPredicate,
} from '../src/provenance/layout/predicates.ts';
import { specJsonSchema, toJsonSchema } from '../src/spec/index.ts';
import { writeOrCheck } from './generated.ts';
import { repositoryRoot } from './problem.ts';

const files = new Map<string, string>();
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const publish = (name: string, schema: unknown): void => {
  files.set(`schemas/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
};

publish('mlspec', specJsonSchema());
const steps = join(repositoryRoot, 'src/steps');
for (const stage of readdirSync(steps).sort()) {
  const file = join(steps, stage, 'result.ts');
  if (!existsSync(file)) continue;
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  for (const [name, type] of Object.entries(exported)) {
    if (!(type instanceof z.ZodType)) continue;
    const named = kebab(name);
    const title = named.startsWith(stage) ? named : `${stage}-${named}`;
    publish(title, toJsonSchema(type, `${title}.schema.json`));
  }
}
for (const [name, type] of Object.entries({
  layoutPredicate,
  runPredicate,
  objectivesPredicate,
  splitPredicate,
  erasurePredicate,
  deploymentPredicate,
  monitoringWindowPredicate,
})) {
  const title = `predicate-${kebab(name.replace('Predicate', ''))}`;
  publish(title, toJsonSchema(type, `${title}.schema.json`));
}
publish('governance-template', toJsonSchema(governanceTemplate, 'governance-template.schema.json'));
publish('governance-report', toJsonSchema(governanceReport, 'governance-report.schema.json'));
publish('governance-answers', toJsonSchema(governanceAnswers, 'governance-answers.schema.json'));
writeOrCheck('tools/generate-schemas.ts', files);
