import { suggestFile } from '../app/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, isOn, listOption, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { withPassingLine } from './passing-line.ts';
import { shownName } from './shown-text.ts';
import { tableWorkOf } from './table-work.ts';

/** `mlspec data suggest FILE... [--by COLUMN] [--key COLUMN,…] [--out CHECKS]`. */
export async function suggest(call: CommandCall, paths: readonly string[]): Promise<number> {
  const { output } = call;
  const [by, ...others] = listOption(call, 'by');
  if (others.length > 0)
    throw new PlatformError('CLI_USAGE', {
      message: `expected one column after --by, found ${[by, ...others].join(', ')}`,
    });
  const out = textOption(call, 'out') ?? null;
  const existing = isOn(call, 'force') ? 'replace' : 'refuse';
  const asked = { paths, by: by ?? null, key: listOption(call, 'key'), out, existing } as const;
  const found = await withPassingLine(output, 'looking at partitions', (line) =>
    suggestFile({ ...asked, ...tableWorkOf(call, line) }),
  );
  const { text, checks, dropped, backTest, unreadable, leftOutCount, partitionCount, rule } = found;
  if (output.json) output.resultJson({ type: 'result', ...found, out });
  else if (out === null) output.result(text.trimEnd());
  for (const name of unreadable) output.say(`${shownName(name)} is of a type that checks do not speak of`);
  if (leftOutCount > 0)
    output.say(`${leftOutCount} rows are in no partition, because they have no value to divide them by`);
  const { alarmCount, heldOutCount, allowedRate } = backTest;
  output.say(
    `${out === null ? '' : `wrote ${out}: `}${checks.length} checks from ${partitionCount} partitions by ${shownName(rule)}, ${dropped.length} left out`,
  );
  const told = `an alarm in ${alarmCount} of ${heldOutCount} held-out partitions`;
  output.say(
    alarmCount > Math.max(1, allowedRate * heldOutCount)
      ? `${told}: partitions differ too much to promise ${allowedRate * 100} %`
      : told,
  );
  if (rule.startsWith('order(') || rule.startsWith('hash('))
    output.say(
      'divided without --by: what differs from day to day is known only as far as the order of the rows shows it',
    );
  return exitCodes.done;
}
