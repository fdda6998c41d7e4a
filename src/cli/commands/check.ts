import {
  formatPrice,
  gateSizeFindings,
  loadSpec,
  missingFileFindings,
  planProjectFindings,
  priceGates,
} from '../../app/index.ts';
import { formatFindings, toSarif } from '../../spec/index.ts';
import { type CommandCall, isOn, listOption, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec check`: all findings of the declaration and its wiring, and what each gate costs. */
export async function run(call: CommandCall): Promise<number> {
  const { output, config } = call;
  const profile = textOption(call, 'profile');
  const loaded = await loadSpec(config, {
    params: listOption(call, 'param'),
    ...(profile === undefined ? {} : { profile }),
  });
  const wrong = [...loaded.findings, ...planProjectFindings(loaded)];
  const errors = wrong.filter((finding) => finding.severity === 'error').length;
  const ofProject =
    loaded.spec === null || errors > 0
      ? []
      : [...(await missingFileFindings(config, loaded.spec)), ...(await gateSizeFindings(config, loaded.spec))];
  const findings = [...wrong, ...ofProject];
  const prices = loaded.spec === null || errors > 0 ? [] : priceGates(loaded.spec);
  if (isOn(call, 'sarif')) output.result(JSON.stringify(toSarif(findings), null, 2));
  else if (output.json) output.resultJson({ type: 'result', ok: errors === 0, findings, prices });
  else {
    if (findings.length > 0) output.result(formatFindings(findings, { color: output.color }));
    for (const price of prices) output.result(formatPrice(price));
    const others = findings.length - errors;
    output.say(
      errors === 0
        ? `${output.style('good', '✓')} ${loaded.file} is right${others > 0 ? `, with ${others} ${others === 1 ? 'warning or note' : 'warnings or notes'}` : ''}`
        : `${output.style('bad', '✗')} ${errors} ${errors === 1 ? 'error' : 'errors'}`,
    );
  }
  return errors === 0 ? exitCodes.done : exitCodes.usage;
}
