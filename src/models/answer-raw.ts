import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '../errors/index.ts';
import { parquetSource, type QueryEngine } from '../tables/index.ts';
import { readTransform, transformFile } from '../transform/index.ts';
import type { LoadedModel } from './model.ts';
import { openModel } from './open-model.ts';
import { type PackageFacts, readPackageFacts } from './package.ts';

/** What answering with a package needs beside the files. */
export interface AnswerRawOptions {
  readonly engine: QueryEngine;
  /** The interpreter that has the requirements of the package; null where there is none. */
  readonly python: string | null;
  readonly signal: AbortSignal;
  /** Called with the model, while it is there, and the file of features that it has answered. */
  readonly onAnswered?: (model: LoadedModel, features: string) => Promise<void>;
}

/**
 * Answers a Parquet file of raw rows with a package: its own transformation, then its own model, row for row. The answers
 * are `__row` and the columns of `LoadedModel`. What is made on the way lies beside the answers and is removed.
 * @throws PlatformError MODEL_NOT_A_PACKAGE, MODEL_INPUTS_MISSING, and what loading and asking a model throws
 */
export async function answerRawFile(
  folder: string,
  files: { readonly raw: string; readonly answers: string },
  options: AnswerRawOptions,
): Promise<void> {
  const { engine, python, signal, onAnswered } = options;
  const facts = await readPackageFacts(folder);
  await requireInputs(engine, files.raw, facts);
  const features = `${files.answers}.features`;
  try {
    const fitted = readTransform(await readFile(join(folder, 'data', 'transform.json'), 'utf8'));
    await transformFile(engine, { source: files.raw, destination: features }, { fitted, keep: ['__row'], signal });
    const model = await openModel(join(folder, 'data', 'model'), { python, signal });
    try {
      await model.predictFile(features, files.answers, { keep: ['__row'], signal });
      await onAnswered?.(model, features);
    } finally {
      await model.close();
    }
  } finally {
    await rm(features, { force: true });
  }
}

async function requireInputs(engine: QueryEngine, raw: string, facts: PackageFacts): Promise<void> {
  const { fields } = await engine.describe(`SELECT * FROM ${parquetSource(raw)}`);
  const types = new Map(fields.map((field) => [field.name, field.type]));
  const wrong = facts.inputs.filter((input) => types.get(input.name) !== input.type);
  if (wrong.length === 0) return;
  const found = wrong.map(({ name }) => `${name} ${types.get(name) ?? '(absent)'}`).join(', ');
  throw new PlatformError('MODEL_INPUTS_MISSING', {
    message: `the package ${facts.name} reads ${wrong.map(({ name, type }) => `${name} ${type}`).join(', ')}; the rows have ${found}`,
  });
}
