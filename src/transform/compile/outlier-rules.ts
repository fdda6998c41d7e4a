import { nearestName } from '../../encoding/index.ts';
import { constantValue, type Expression } from '../../spec/index.ts';
import type { OutlierRule } from '../graph.ts';
import type { GraphBuilder } from './builder.ts';
import { accepts } from './types.ts';

const METHODS: Readonly<
  Record<OutlierRule['method'], { readonly form: string; readonly valid: (p: readonly number[]) => boolean }>
> = {
  tukey: { form: 'tukey(factor), factor > 0', valid: (p) => p.length === 1 && p[0]! > 0 },
  zscore: { form: 'zscore(factor), factor > 0', valid: (p) => p.length === 1 && p[0]! > 0 },
  robust_z: { form: 'robust_z(factor), factor > 0', valid: (p) => p.length === 1 && p[0]! > 0 },
  quantiles: {
    form: 'quantiles(low, high), 0 <= low < high <= 1',
    valid: (p) => p.length === 2 && p[0]! >= 0 && p[0]! < p[1]! && p[1]! <= 1,
  },
  range: { form: 'range(low, high), low <= high', valid: (p) => p.length === 2 && p[0]! <= p[1]! },
};

/** The rule that an expression such as `tukey(3)` declares for a column. Null after a finding. */
export function compileOutlierRule(builder: GraphBuilder, column: string, expression: Expression): OutlierRule | null {
  const type = builder.columns.get(column);
  if (type === undefined) {
    const near = nearestName(column, builder.columns.keys());
    return builder.report('expression/unknown-name', expression.span, `no column is named ${column}`, {
      ...(near === null ? {} : { suggestion: near }),
    });
  }
  if (!accepts('number', type)) {
    return builder.report(
      'expression/type-mismatch',
      expression.span,
      `outliers are for numbers; ${column} is ${type}`,
    );
  }
  const forms = Object.values(METHODS).map((known) => known.form);
  if (expression.kind !== 'call' || !Object.hasOwn(METHODS, expression.name)) {
    return builder.report('expression/unknown-function', expression.span, 'not a rule for outliers', {
      expected: forms.join('; '),
    });
  }
  const method = expression.name as OutlierRule['method'];
  const parameters = expression.args.map(constantValue).filter((value) => typeof value === 'number');
  const complete = parameters.length === expression.args.length && Object.keys(expression.named).length === 0;
  if (!complete || !METHODS[method].valid(parameters)) {
    return builder.report('expression/bad-argument', expression.span, `expected ${METHODS[method].form}`);
  }
  return { column, method, parameters };
}
