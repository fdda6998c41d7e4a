/** The forms of the predicates that are this product's own. Their JSON Schemas are published in `schemas/`. */
import { z } from 'zod';
import type { Digest } from '../../encoding/index.ts';

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .transform((text) => text as Digest);
const instant = z.iso.datetime().transform((text) => Date.parse(text));
const spec = z.strictObject({ name: z.string(), digest }).describe('The resolved declaration.');
const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

const role = z.enum(['runner', 'validator']);

const functionary = z.strictObject({
  keyId: z.string().describe('SHA-256 of the public key (SPKI, DER), in hexadecimal.'),
  algorithm: z.enum(['ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'ecdsa-p521-sha512', 'ed25519']),
  publicKey: z.string().describe('SPKI in PEM.'),
  role,
});

const layoutStep = z.strictObject({
  name: z.string(),
  stage: z.string(),
  buildType: z.string().describe('`buildType` of the statement of its execution.'),
  params: digest.describe('Of its parameters, as canonical JSON.'),
  seed: z.number(),
  inputs: z.record(
    z.string(),
    z.strictObject({
      sources: z.array(z.strictObject({ step: z.string(), port: z.string() })),
      pinned: z.array(digest),
      mayOmit: z.boolean().optional().describe('Whether some of the pinned ones may be left out, in this order.'),
    }),
  ),
  outputs: z.record(z.string(), z.strictObject({ type: z.string(), optional: z.boolean() })),
  performedBy: role
    .optional()
    .describe(
      'In which role the key must count that signs for it; absent: the validator’s for gates where there is one.',
    ),
  maySkip: z.boolean(),
  unseals: z.boolean().describe('Whether it is given the key of the sealed parts.'),
  attests: z.array(z.string()).describe('Predicate types of what it must say that it found.'),
  attributes: z
    .record(z.string(), z.record(z.string(), z.array(z.string())))
    .optional()
    .describe('By predicate type what members of that predicate have to be: one of these texts.'),
  fits: z
    .boolean()
    .optional()
    .describe('Whether it learns from its inputs: then all of them must come from the training part.'),
});

/** `urn:mlspec:predicate:layout:v1`. */
export const layoutPredicate = z
  .strictObject({
    run: z.string(),
    spec,
    plan: digest,
    createdOn: instant,
    expires: instant,
    functionaries: z.array(functionary).describe('Whose signatures count in the run.'),
    steps: z.array(layoutStep).describe('All that may happen: what is not named is not allowed.'),
  })
  .describe('What a run has to be, signed by the owner before its first step.');

/** `urn:mlspec:predicate:run:v1`. */
export const runPredicate = z
  .strictObject({
    run: z.string(),
    layout: digest.describe('Of the statement of the layout.'),
    state: z.string(),
    record: digest,
    params: digest.optional().describe('Of the parameters that the run was given, as canonical JSON.'),
    finishedOn: instant,
    steps: z.array(
      z.strictObject({
        step: z.string(),
        attempts: z.array(z.strictObject({ state: z.string(), statement: digest })),
        skipped: z.string().nullable().describe('Why it was not carried out.'),
      }),
    ),
    assertions: z.array(digest).describe('The statements of what steps found.'),
  })
  .describe('How a run ended, with every statement of it.');

/** `urn:mlspec:predicate:objectives:v1`. */
export const objectivesPredicate = z
  .strictObject({
    run: z.string(),
    spec,
    committedOn: z.iso.datetime(),
    gates: z.array(
      z.strictObject({ step: z.string(), params: z.json().describe('All that decides its verdict but the model.') }),
    ),
  })
  .describe('The objectives that gates hold models to, signed by the owner before anything is measured.');

/** `urn:mlspec:predicate:split:v1`. */
export const splitPredicate = z
  .strictObject({
    manifest: z.looseObject({
      parts: z.record(z.string(), z.looseObject({ rowCount: count, sealed: z.boolean(), keyDigest: z.string() })),
      overlap: z.strictObject({ keysInSeveralParts: count, verdict: z.enum(['none', 'found']) }),
    }),
    mlspec_run: z.string(),
    mlspec_step: z.string(),
    mlspec_execution: z.string(),
  })
  .describe('How rows were divided into parts, counted over what was read back from them. Subjects are the parts.');

/** `urn:mlspec:predicate:deployment:v1`. */
export const deploymentPredicate = z
  .strictObject({
    mlspec_run: z.string().describe('The run that made the package.'),
    spec,
    model: z.string().nullable().describe('MODEL/VERSION; null: served from a folder or by its run.'),
    runtime: z.strictObject({
      form: z.enum(['onnx', 'original']).describe('Which form of the model answers.'),
      program: z.string().describe('Version of the program that serves.'),
      platform: z.string().describe('Operating system and processor.'),
    }),
    configuration: z.strictObject({ host: z.string(), port: z.number().int().min(1).max(65_535) }),
    startedOn: z.iso.datetime().describe('When it began to answer, as its signer says.'),
  })
  .describe('That the subject, a package, began to answer requests. Its digest was taken before the model was loaded.');

/** `urn:mlspec:predicate:monitoring-window:v1`. */
export const monitoringWindowPredicate = z
  .strictObject({
    mlspec_run: z.string().describe('The run whose training part is the other side.'),
    spec,
    model: z.string().nullable().describe('MODEL/VERSION by which the run was named; null: it was named itself.'),
    trained: z.strictObject({
      part: z.literal('train'),
      dataset: digest.describe('The open part, as splitting left it.'),
      profile: digest.describe('What analysis found of it.'),
      rowCount: count,
    }),
    window: z.strictObject({
      from: z.iso.datetime(),
      to: z.iso.datetime().describe('Not in it any more.'),
      timeColumn: z
        .string()
        .nullable()
        .describe('The column by which rows were taken; null: the bounds are as somebody said.'),
      rowCount: count,
      leftOutRowCount: count.describe('Rows of the file outside the bounds, or without a time.'),
    }),
    falseAlarmRate: share.describe('The chance that any column of equal data is called drifted.'),
    program: z.string().describe('Version of the program that compared.'),
    columns: z.array(
      z.strictObject({
        name: z.string(),
        judgedBy: z.string().describe('The distance by which it was judged.'),
        distance: z.number().nullable().describe('Null where one side has nothing to compare.'),
        threshold: z.number().describe('A smaller distance is no drift.'),
        adjustedPValue: share.describe('Over all columns of the comparison.'),
        drifted: z.boolean(),
      }),
    ),
    missing: z.array(z.string()).describe('Columns that the window does not have.'),
    differentTypes: z.array(z.string()).describe('Columns of another type than in training: not compared.'),
    comparedOn: z.iso.datetime().describe('When it was compared, as its signer says.'),
  })
  .describe(
    'How far the subject, data of production, is from what a model was trained on. No value of a row is in it.',
  );

/** `urn:mlspec:predicate:erasure:v1`. */
export const erasurePredicate = z
  .strictObject({ mlspec_run: z.string(), why: z.string(), erasedOn: z.iso.datetime() })
  .describe('That the subjects were erased: their absence is no sign of tampering from then on.');
