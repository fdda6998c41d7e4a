import { type AcceptedValue, acceptInProject, acceptMeasured, showHistory, type ToldHistory } from '../app/index.ts';
import { visibleText } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { formatTable } from './table.ts';

const shownPoints = 12;
const drawnPoints = 60;

/** `mlspec data history FILE`, and `mlspec data history accept FILE ID` or `accept RUN [--value VALUE] [--as usual] [--why TEXT]`. */
export async function history(call: CommandCall, words: readonly string[]): Promise<number> {
  const [first, second] = words;
  if (words.length === 1 && first !== undefined && first !== 'accept') return await show(call, first);
  if (words.length === 2 && first === 'accept')
    return tell(call, await acceptInProject(call.config, { run: second!, ...saidOf(call) }));
  if (words.length === 3 && first === 'accept')
    return tell(call, await acceptMeasured({ path: second!, id: words[2]!, ...saidOf(call) }));
  throw new PlatformError('CLI_USAGE', {
    message: `expected data history FILE, data history accept FILE ID, or data history accept RUN, found data history ${words.join(' ')}`,
  });
}

async function show(call: CommandCall, path: string): Promise<number> {
  for (const name of ['value', 'as', 'why'])
    if (textOption(call, name) !== undefined)
      throw new PlatformError('CLI_USAGE', { message: `expected --${name} with data history accept alone` });
  const { output } = call;
  const told = await showHistory(path);
  if (output.json) output.resultJson({ type: 'result', ...told });
  else {
    for (const value of told.values) tellValue(call, value);
    output.say(`${told.values.length} values`);
    if (told.damaged.length > 0) output.say(`lines that cannot be read and take no part: ${told.damaged.join(', ')}`);
  }
  return exitCodes.done;
}

function tellValue({ output }: CommandCall, { dataset, that, where, points }: ToldHistory['values'][number]): void {
  const restricted = where === null ? '' : ` where ${visibleText(where)}`;
  const drawn = sparkline(points.slice(-drawnPoints).map(({ value }) => value));
  output.result(`${visibleText(dataset)}: ${visibleText(that)}${restricted}  ${drawn}`);
  const rows = points
    .slice(-shownPoints)
    .map(({ id, at, measured, leftOut }) => [
      `  ${id}`,
      at,
      measured === null ? 'missing' : String(measured),
      leftOut ?? '',
    ]);
  output.result(formatTable(['  id', 'at', 'value', 'left out'], rows));
}

const blocks = '▁▂▃▄▅▆▇█';

/** Values as blocks between the smallest and the largest of them; a space where one is missing. */
function sparkline(values: readonly (number | null)[]): string {
  const there = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...there), Math.max(...there)];
  const blockOf = (value: number): string => {
    const share = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
    return blocks[Math.min(blocks.length - 1, Math.floor(share * blocks.length))]!;
  };
  return values.map((value) => (value === null ? ' ' : blockOf(value))).join('');
}

function saidOf(call: CommandCall): Pick<AcceptedValue, 'that' | 'as' | 'why'> {
  const as = textOption(call, 'as') === 'usual' ? 'usual' : 'exception';
  return { that: textOption(call, 'value') ?? null, as, why: textOption(call, 'why') ?? '' };
}

function tell({ output }: CommandCall, accepted: AcceptedValue): number {
  const { that, as, of } = accepted;
  if (output.json) output.resultJson({ type: 'result', accepted });
  else {
    const what = that === null ? 'all values' : visibleText(that);
    output.say(
      as === 'usual'
        ? `${what} of ${of} count from now on as any other`
        : `${what} of ${of} are an exception: they do not count, and pass where the same data are checked again`,
    );
  }
  return exitCodes.done;
}
