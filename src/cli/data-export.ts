import { exportContract } from '../app/index.ts';
import { visibleText } from '../encoding/index.ts';
import { type CommandCall, isOn, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';

/** `mlspec data export FILE... [--table NAME] [--out CONTRACT]`. */
export async function exportData(call: CommandCall, files: readonly string[]): Promise<number> {
  const { output } = call;
  const out = textOption(call, 'out') ?? null;
  const contract = await exportContract(call.config, {
    ...{ paths: files, out, table: textOption(call, 'table') ?? null },
    existing: isOn(call, 'force') ? 'replace' : 'refuse',
  });
  const { text, parts } = contract;
  if (output.json) output.resultJson({ type: 'result', text, parts, out });
  else if (out === null) output.result(text.trimEnd());
  for (const { what, state, says } of output.json ? [] : parts) {
    if (says === '') continue;
    const style = state === 'left' ? 'bad' : state === 'ours' ? 'warn' : 'dim';
    output.say(`${output.style(style, state)} ${visibleText(what)}: ${visibleText(says)}`);
  }
  const count = (state: string): number => parts.filter((part) => part.state === state).length;
  output.say(
    `${parts.length} parts: ${count('standard')} in words of the standard, ${count('ours')} for MLSpec alone, ${count('left')} not in the contract`,
  );
  if (out !== null) output.say(`wrote ${out}`);
  return exitCodes.done;
}
