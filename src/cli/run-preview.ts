import { priceGates, type RunPreview } from '../app/index.ts';
import type { Output, Style } from './output.ts';

const would: Readonly<Record<string, Style>> = { run: 'warn', reuse: 'good', depends: 'dim' };

/** Prints what a run would do. */
export function printPreview(output: Output, preview: RunPreview): void {
  if (output.json) {
    const { steps, declaredOnly, planned } = preview;
    return void output.resultJson({
      type: 'result',
      name: planned.plan.name,
      plan: planned.plan.digest,
      steps,
      declaredOnly,
      prices: priceGates(planned.spec),
    });
  }
  for (const step of preview.steps) {
    const [first, ...rest] = step.reasons;
    output.result(
      `${output.style(would[step.would]!, step.would.padEnd(8))} ${step.step.padEnd(28)} ${output.style('dim', first ?? '')}`,
    );
    for (const reason of rest) output.result(`${' '.repeat(38)}${output.style('dim', reason)}`);
  }
  for (const one of preview.declaredOnly)
    output.result(
      `${output.style('dim', 'declared'.padEnd(8))} ${one.section.padEnd(28)} ${output.style('dim', one.reason)}`,
    );
}
