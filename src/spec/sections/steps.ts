import { z } from 'zod';
import {
  type Implementation,
  implementationFields,
  portReference,
  type RunSettings,
  runFields,
  toImplementation,
  toRunSettings,
} from './implementation.ts';
import { identifier, json, names } from './quantities.ts';

/** The types of what a project's own step leaves at a port. */
export const portTypes = [
  'Dataset',
  'Statistics',
  'Schema',
  'Split',
  'Transform',
  'Model',
  'Metrics',
  'Report',
  'Package',
  'Predictions',
  'Any',
] as const;

/** A type of what a project's own step leaves at a port. */
export type DeclaredPortType = (typeof portTypes)[number];

const input = z
  .union([
    portReference.transform((from) => ({ from, type: null })),
    z.strictObject({
      from: portReference,
      type: z.enum(portTypes).nullish().describe('The type that is expected; default that of the source.'),
      optional: z.boolean().default(false).describe('The step runs too where the source was skipped.'),
    }),
  ])
  .transform((written) => ({
    from: typeof written.from === 'string' ? [written.from] : written.from,
    many: Array.isArray(written.from),
    type: written.type ?? null,
    optional: 'optional' in written ? written.optional : false,
  }));

const output = z
  .union([
    z.enum(portTypes).transform((type) => ({ type, optional: false })),
    z.strictObject({
      type: z.enum(portTypes).describe('The type of what the step leaves there.'),
      optional: z.boolean().default(false).describe('The step may leave it out.'),
    }),
  ])
  .describe('The type of what the step leaves there.');

/** A step of the project's own, in its long form. */
export interface DeclaredStep extends RunSettings {
  readonly implementation: Implementation | null;
  readonly inputs: Readonly<
    Record<
      string,
      {
        readonly from: readonly string[];
        readonly many: boolean;
        readonly type: DeclaredPortType | null;
        readonly optional: boolean;
      }
    >
  >;
  readonly outputs: Readonly<Record<string, { readonly type: DeclaredPortType; readonly optional: boolean }>>;
  readonly needs: readonly string[];
  readonly when: string | null;
  readonly for_each: Readonly<Record<string, readonly unknown[]>> | null;
  readonly verb: 'run' | 'release';
  /** Whether it learns from its inputs; absent where nothing is said. */
  readonly fits?: true;
  /** A sub-pipeline: its steps, and which of their outputs are the outputs of this one. */
  readonly steps: Readonly<Record<string, DeclaredStep>> | null;
}

const writtenFields = {
  ...implementationFields,
  ...runFields,
  inputs: z.record(identifier, input).default({}).describe('Where each input comes from: step.port.'),
  outputs: z.record(identifier, output).default({}).describe('The type of each output.'),
  needs: names.default([]).describe('Steps that must have ended well before.'),
  when: z
    .string()
    .nullish()
    .describe('A condition over values of earlier steps, for example evaluation.accuracy > 0.8.'),
  for_each: z
    .record(identifier, z.array(json).max(10_000))
    .nullish()
    .describe('Runs once for each combination of these values, given as parameters.'),
  fits: z
    .boolean()
    .optional()
    .describe('true: the step learns from its inputs, so all of them must come from train; mlspec verify proves it.'),
  verb: z.enum(['run', 'release']).default('run').describe('release: only in mlspec release.'),
};

/** A step as it is written, with its short forms. */
export interface WrittenStep extends z.input<z.ZodObject<typeof writtenFields>> {
  readonly steps?: { readonly [name: string]: WrittenStep } | null | undefined;
}

/** A step of the project's own, anywhere in the graph. */
export const declaredStep: z.ZodType<DeclaredStep, WrittenStep> = z.lazy(() =>
  z
    .strictObject({
      ...writtenFields,
      steps: z
        .record(identifier, declaredStep as unknown as z.ZodType<DeclaredStep>)
        .nullish()
        .describe('A sub-pipeline.'),
    })
    .transform((written) => ({
      implementation: toImplementation(written),
      inputs: written.inputs,
      outputs: written.outputs,
      ...toRunSettings(written),
      needs: written.needs,
      when: written.when ?? null,
      for_each: written.for_each ?? null,
      verb: written.verb,
      ...(written.fits === true ? { fits: true as const } : {}),
      steps: written.steps ?? null,
    })),
) as unknown as z.ZodType<DeclaredStep, WrittenStep>;
z.globalRegistry.add(declaredStep, { id: 'step' });
