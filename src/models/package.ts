import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PlatformError } from '../errors/index.ts';
import type { ModelColumns, ModelValue } from './model.ts';

const label = z.union([z.string(), z.number(), z.boolean()]);

const packageFacts = z.object({
  format: z.literal(1),
  name: z.string(),
  kind: z.string(),
  library: z.string(),
  inputs: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['boolean', 'int64', 'float64', 'string', 'date', 'timestamp']),
    }),
  ),
  features: z.array(z.string()),
  classes: z.array(label).nullable(),
  scores: z.array(z.string()),
  positive: z.union([z.literal(0), z.literal(1)]).nullable(),
  threshold: z.number().nullable(),
  onnx: z.enum(['data/onnx', 'data/model']).nullable(),
});

/**
 * What `data/package.json` of a package says: how answers of the model become predictions. `inputs` are the raw columns
 * that the transformation reads, `classes` the labels in the order of the model's scores (null where it answers with
 * numbers), `scores` the names of the answer's columns of scores, `positive` the place of the positive class in a
 * binary task, `onnx` where an ONNX form of the model is.
 */
export type PackageFacts = Readonly<z.infer<typeof packageFacts>>;

/**
 * Reads what a package says of itself.
 * @throws PlatformError MODEL_NOT_A_PACKAGE
 */
export async function readPackageFacts(folder: string): Promise<PackageFacts> {
  try {
    const parsed = packageFacts.parse(JSON.parse(await readFile(join(folder, 'data', 'package.json'), 'utf8')));
    if (parsed.classes !== null && parsed.scores.length !== parsed.classes.length)
      throw new Error('it has not one name of a score a class');
    return parsed;
  } catch (cause) {
    throw new PlatformError('MODEL_NOT_A_PACKAGE', {
      message: `expected a package with data/package.json: ${cause instanceof Error ? cause.message.slice(0, 300) : 'unreadable'}`,
      cause,
    });
  }
}

/**
 * A model's answer as predictions, first, and scores by the names of their classes: in a binary task the positive class
 * from the threshold on, else the class with the highest score (ties: the first). The twin of `decide` in
 * `python/mlspec/package_loader.py`.
 */
export function decide(answer: ModelColumns, facts: PackageFacts): Record<string, readonly ModelValue[]> {
  const { classes } = facts;
  const scores = facts.scores.map((_, index) => answer[`score_${index}`]);
  if (classes === null || scores.some((one) => one === undefined) || scores.length === 0) {
    const found = answer['prediction'] ?? Object.values(answer).at(-1);
    return { prediction: found ?? [] };
  }
  const columns = scores as readonly (readonly number[])[];
  const prediction = columns[0]!.map((_, row) => classes[choose(columns, row, facts)]!);
  return { prediction, ...Object.fromEntries(facts.scores.map((name, index) => [name, columns[index]!])) };
}

function choose(scores: readonly (readonly number[])[], row: number, facts: PackageFacts): number {
  const { positive } = facts;
  if (positive !== null) return scores[positive]![row]! >= (facts.threshold ?? 0.5) ? positive : 1 - positive;
  let best = 0;
  for (let index = 1; index < scores.length; index++) if (scores[index]![row]! > scores[best]![row]!) best = index;
  return best;
}
