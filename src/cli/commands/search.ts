import { positiveInteger, searchTexts } from '../../app/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, listOption, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

const kinds = ['run', 'experiment', 'model'] as const;

/** `mlspec search`: a line for each match, and below it what matched. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output } = call;
  const chosen = listOption(call, 'kind').map(kindOf);
  const found = await searchTexts(
    config,
    { store: textOption(call, 'store') },
    {
      text: call.arguments.join(' '),
      kinds: chosen.length === 0 ? undefined : chosen,
      limit: positiveInteger(textOption(call, 'limit'), '--limit') ?? 20,
    },
  );
  if (output.json) {
    for (const item of found.items) output.resultJson({ type: 'match', ...item });
    return exitCodes.done;
  }
  for (const { kind, key, title, snippet } of found.items) {
    output.result(`${kind} ${printable(key)}  ${printable(title)}`);
    const marked = snippet.map((part) => {
      const text = printable(part.text);
      return part.isMatch ? output.style('bold', text) : text;
    });
    output.result(`  ${marked.join('')}`);
  }
  if (found.items.length === 0) output.say('nothing has all of these words; word* finds what begins so');
  if (!found.isUpToDate) output.say('what was logged last is not looked at yet; ask again in a moment');
  return exitCodes.done;
}

/** A text that can steer no terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}+/gu, ' ');
}

function kindOf(text: string): (typeof kinds)[number] {
  const kind = kinds.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected --kind to be ${kinds.join(', ')}, found ${JSON.stringify(text)}`,
  });
}
