import { PlatformError } from '../../errors/index.ts';
import type { ColumnType } from '../../tables/index.ts';
import type { FeatureType, FittedNode, OutputColumn, TransformFeature } from '../graph.ts';
import { numberSetting, valueListSetting } from '../operations/kernel.ts';
import { valueText } from '../operations/value-text.ts';

/** Columns that one feature may become. */
export const MAXIMUM_COLUMNS = 10_000;

function featureType(type: ColumnType): FeatureType {
  if (type === 'string' || type === 'float64') return type;
  return 'int64';
}

/**
 * The columns that a feature becomes: one of its own name, or one a value.
 * @throws PlatformError TRANSFORM_TOO_MANY_COLUMNS
 */
export function outputColumns(feature: TransformFeature, nodes: readonly FittedNode[]): OutputColumn[] {
  const node = nodes[feature.node]!;
  const own: OutputColumn = { name: feature.feature, type: featureType(node.type) };
  if (node.op === 'impute' && node.params['indicator'] === true) {
    return [own, { name: `${feature.feature}=missing`, type: 'int64' }];
  }
  if (node.op !== 'one_hot' && node.op !== 'tokens') return [own];
  const values = valueListSetting(node, 'values');
  const others = node.op === 'one_hot' ? numberSetting(node, 'oov') : 0;
  if (values.length + others > MAXIMUM_COLUMNS) {
    throw new PlatformError('TRANSFORM_TOO_MANY_COLUMNS', {
      message: `${feature.feature}: ${feature.expression} makes ${values.length + others} columns; at most ${MAXIMUM_COLUMNS} are possible`,
      details: { feature: feature.feature, columnCount: values.length + others },
    });
  }
  const inputType = nodes[node.inputs[0]!]!.type;
  const names = values.map((value) => valueText(inputType, value));
  for (let i = 0; i < others; i++) names.push(i === 0 ? '<other>' : `<other ${i + 1}>`);
  return names.map((name) => ({ name: `${feature.feature}=${name}`, type: 'int64' }));
}
