import type { ModelColumns } from '../model.ts';
import type { NodeFlavor } from '../model-directory.ts';

/** A model inside its worker: columns of features in, scores or predictions out. */
export interface Predictor {
  /** `rowCount` is given because a model may take no column. */
  predict(columns: ModelColumns, rowCount: number): Promise<ModelColumns>;
}

/** Opens the model of a directory. */
export type OpenPredictor = (folder: string, flavor: NodeFlavor) => Promise<Predictor>;
