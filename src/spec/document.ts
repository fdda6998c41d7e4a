import { z } from 'zod';
import { analysisSection } from './sections/analysis.ts';
import { evaluationSection } from './sections/evaluation.ts';
import { featuresSection } from './sections/features.ts';
import { licence, limitationList, owner, paramDeclaration } from './sections/header.ts';
import { ingestionSection } from './sections/ingestion.ts';
import { loggingSection } from './sections/logging.ts';
import { modelSection } from './sections/models.ts';
import { monitoringSection } from './sections/monitoring.ts';
import { objectivesSection } from './sections/objectives.ts';
import { packagingSection } from './sections/packaging.ts';
import { identifier, json, projectPath } from './sections/quantities.ts';
import { servingSection } from './sections/serving.ts';
import { splittingSection } from './sections/splitting.ts';
import { declaredStep } from './sections/steps.ts';
import { taskSection } from './sections/task.ts';
import { testingSection } from './sections/testing.ts';
import { trainingSection } from './sections/training.ts';
import { transformationSection } from './sections/transformation.ts';
import { triggersSection } from './sections/triggers.ts';
import { validationSection } from './sections/validation.ts';

/** The whole declaration, as people write it. Parsing it with Zod gives the one long form. */
export const specSchema = z
  .strictObject({
    mlspec: z.literal(1).describe('The version of the language.'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'expected a name of letters, digits, ., _ and -')
      .describe('The name of the system; also of its registered model.'),
    description: z.string().default('').describe('What the system is for, in a sentence or two.'),
    license: licence
      .optional()
      .describe('Under which licence model and data may be used: one for both, or {model, data}.'),
    intended_use: z.string().min(1).max(4000).optional().describe('By whom and for what the model is to be used.'),
    limitations: limitationList.optional().describe('Where the model must not be relied on: a text, or several.'),
    owners: z.array(owner).default([]).describe('Who answers for the system: names, or {name, email}.'),
    params: z
      .record(identifier, paramDeclaration)
      .default({})
      .describe('Typed parameters; $name stands for the value anywhere a value may stand.'),
    profiles: z
      .record(identifier, z.record(z.string(), json))
      .default({})
      .describe('Named changes to the document, chosen with --profile.'),
    store: z.enum(['sqlite', 'postgres']).default('sqlite').describe('Where metadata are kept.'),
    executor: z.enum(['local', 'slurm', 'ray', 'kubernetes']).default('local').describe('What carries steps out.'),
    secrets: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'))
      .default([])
      .describe('Names of environment variables that steps may ask for.'),
    imports: z
      .record(identifier, projectPath)
      .default({})
      .describe('Reusable parts; $import.name stands for the content.'),
    task: taskSection,
    objectives: objectivesSection,
    ingestion: ingestionSection,
    features: featuresSection,
    splitting: splittingSection,
    analysis: analysisSection,
    validation: validationSection,
    transformation: transformationSection,
    training: trainingSection.nullish().describe('How the model is made; nothing is trained where it is left out.'),
    evaluation: evaluationSection,
    testing: testingSection,
    packaging: packagingSection,
    serving: servingSection,
    monitoring: monitoringSection,
    logging: loggingSection,
    models: z
      .record(identifier, modelSection)
      .default({})
      .describe('Where there are several models: each with its own training to packaging.'),
    steps: z.record(identifier, declaredStep).default({}).describe("Further steps of the project's own."),
    triggers: triggersSection,
  })
  .describe('MLSpec: the declaration of a machine-learning lifecycle.');

/** The declaration as people write it, with its short forms. */
export type SpecDocument = z.input<typeof specSchema>;

type Parsed = z.output<typeof specSchema>;

/** The declaration in its one long form, all defaults filled in. */
export interface ResolvedSpec extends Omit<Parsed, 'params' | 'profiles' | 'imports' | 'training'> {
  readonly profile: string | null;
  readonly params: Readonly<Record<string, Parsed['params'][string] & { readonly value: z.core.util.JSONType }>>;
  readonly imports: Readonly<Record<string, { readonly path: string; readonly digest: string }>>;
  readonly training: z.output<typeof trainingSection> | null;
}

/** The sections of the document by their keys, in the order of the lifecycle. */
export const sectionNames = [
  'objectives',
  'ingestion',
  'analysis',
  'transformation',
  'validation',
  'splitting',
  'training',
  'evaluation',
  'testing',
  'packaging',
  'serving',
  'monitoring',
  'logging',
] as const;

/** The task of a declaration. */
export type TaskSpec = ResolvedSpec['task'];
/** What training says, of the declaration or of one of several models. */
export type TrainingSpec = z.output<typeof trainingSection>;
/** One group of slices. */
export type SliceSpec = ResolvedSpec['analysis']['slices'][number];
