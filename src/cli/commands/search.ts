import { positiveInteger, searchKinds, searchTexts } from '../../app/index.ts';
import { monotonicMs } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, listOption, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';

/** Below so many the index is ready before anybody wonders. */
const toldFrom = 2000;
const toldEveryMs = 2000;

type Found = Awaited<ReturnType<typeof searchTexts>>;

/** `mlspec search`: for each match a line of what it is, and below it the lines in which it was found. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const chosen = listOption(call, 'kind').map(kindOf);
  const query = {
    text: call.arguments.join(' '),
    kinds: chosen.length === 0 ? undefined : chosen,
    limit: positiveInteger(textOption(call, 'limit'), '--limit') ?? 20,
  };
  const onUnreadable = ({ message }: PlatformError): void => output.say(message);
  const options = { onProgress: progressTo(output), onUnreadable, signal };
  const found = await searchTexts(config, { store: textOption(call, 'store'), query }, options);
  for (const item of found.items)
    if (output.json) output.resultJson({ type: 'match', ...item });
    else print(output, item);
  const proposal = found.didYouMean === null ? '' : `; did you mean: ${printable(found.didYouMean)}`;
  if (found.items.length === 0)
    output.say(`nothing has all of this${proposal === '' ? '; word* finds what begins so' : proposal}`);
  if (!found.isUpToDate) output.say('what was logged last is not looked at yet; ask again in a moment');
  return exitCodes.done;
}

function print(output: Output, { kind, key, title, experimentName, snippets, isCut }: Found['items'][number]): void {
  const where = experimentName === null || kind === 'experiment' ? '' : `  in ${printable(experimentName)}`;
  output.result(`${kind} ${printable(key)}  ${printable(title)}${output.style('dim', where)}`);
  // The name stands in the line above.
  for (const { label, parts } of snippets.filter(({ field }) => field !== 'name')) {
    const marked = parts.map(({ text, isMatch }) =>
      isMatch ? output.style('bold', printable(text)) : printable(text),
    );
    output.result(`  ${output.style('dim', printable(label))} ${marked.join('')}`);
  }
  if (isCut) output.result(output.style('dim', '  (very long: only the beginning of its texts is looked at)'));
}

/** Says how far the index is, where that takes a while. */
function progressTo(output: Output): (progress: { readonly done: number; readonly total: number }) => void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return ({ done, total }) => {
    if (total < toldFrom || (monotonicMs() - toldAtMs < toldEveryMs && done < total)) return;
    toldAtMs = monotonicMs();
    output.say(`index of texts: ${done.toLocaleString('en')} of ${total.toLocaleString('en')} brought up to date`);
  };
}

/** A text that can steer no terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}+/gu, ' ');
}

function kindOf(text: string): (typeof searchKinds)[number] {
  const kind = searchKinds.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected --kind to be ${searchKinds.join(', ')}, found ${JSON.stringify(text)}`,
  });
}
