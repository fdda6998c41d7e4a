/*
 * Every name that programs, declarations and people outside rely on, pinned. A name that vanishes or changes breaks somebody: a
 * deliberate change is made in published-names.json, and told in CHANGELOG.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commands, commonOptions } from '../src/cli/commands.ts';
import { exitCodes } from '../src/cli/exit-codes.ts';
import { catalogue } from '../src/errors/index.ts';
import { allMetrics } from '../src/metrics/index.ts';
import {
  deploymentPredicateType,
  erasurePredicateType,
  layoutPredicateType,
  monitoringWindowPredicateType,
  objectivesPredicateType,
  provenancePredicateType,
  runEndPredicateType,
  splitPredicateType,
  statementPayloadType,
  statementType,
  testResultPredicateType,
} from '../src/provenance/index.ts';
import { metricForms, specJsonSchema } from '../src/spec/index.ts';
import { transformFunctions } from '../src/transform/index.ts';
import { repositoryRoot } from '../tools/problem.ts';

const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');

const namesIn = (text: string): string[] =>
  [...text.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) =>
    list!
      .split(',')
      .map((name) => name.replace(/\btype\b/, '').trim())
      .filter((name) => name !== ''),
  );

function publishedNames() {
  const { name, bin, exports } = JSON.parse(read('package.json'));
  const python = read('python/mlspec/__init__.py');
  const homes = /_HOMES = \{([^}]*)\}/.exec(python)![1]!;
  const schema = specJsonSchema() as { properties?: object; definitions?: object };
  return {
    package: { name, bin: Object.keys(bin), exports: Object.keys(exports) },
    typescript: namesIn(read('src/index.ts')).sort(),
    python: ['run', ...[...homes.matchAll(/"(\w+)":/g)].map((match) => match[1]!)].sort(),
    sections: Object.keys(schema.properties ?? {}).sort(),
    commonOptions: commonOptions.map((option) => option.flags.split(' ')[0]!),
    commands: Object.fromEntries(
      commands.map((command) => [command.name, (command.options ?? []).map((option) => option.flags.split(' ')[0]!)]),
    ),
    exitCodes,
    metrics: [...allMetrics.map((metric) => metric.name), ...Object.keys(metricForms)],
    transformFunctions: transformFunctions.map((entry) => entry.name),
    statements: [
      statementType,
      provenancePredicateType,
      statementPayloadType,
      layoutPredicateType,
      runEndPredicateType,
      objectivesPredicateType,
      splitPredicateType,
      erasurePredicateType,
      deploymentPredicateType,
      monitoringWindowPredicateType,
      testResultPredicateType,
    ],
    errorCodes: Object.keys(catalogue).sort(),
  };
}

it('the published names are those of published-names.json', () => {
  expect(publishedNames()).toEqual(JSON.parse(read('test/published-names.json')));
});

it('reads the lists of names whole', () => {
  const { typescript, python, sections, metrics } = publishedNames();
  expect(typescript).toContain('defineSpec');
  expect(python).toContain('InputArtifact');
  expect(sections).toContain('ingestion');
  expect(metrics).toContain('accuracy');
});
