import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonValue } from '../../encoding/index.ts';
import type { ModelColumns } from '../model.ts';
import type { OpenPredictor } from '../worker/predictor.ts';

/** What the module of a model exports: parameters and columns in, scores or predictions out. */
export type PredictFunction = (
  parameters: JsonValue,
  columns: ModelColumns,
  rowCount: number,
) => ModelColumns | Promise<ModelColumns>;

/** A model that is a module in TypeScript or JavaScript inside the directory, with its parameters as JSON beside it. */
export const openModule: OpenPredictor = async (folder, flavor) => {
  if (flavor.file === undefined) throw new Error('flavors.mlspec.file is missing: the module that answers');
  const parameters = JSON.parse(await readFile(join(folder, flavor.data), 'utf8')) as JsonValue;
  const module = (await import(pathToFileURL(join(folder, flavor.file)).href)) as Record<string, unknown>;
  const predict = module[flavor.export];
  if (typeof predict !== 'function') throw new Error(`${flavor.file} exports no function ${flavor.export}`);
  return {
    predict: async (columns, rowCount) => await (predict as PredictFunction)(parameters, columns, rowCount),
  };
};
