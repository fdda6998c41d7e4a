import { type ReproducedStep, type Reproduction, reproduceRun } from '../../app/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { createRunDisplay } from '../run-display.ts';
import { formatTable } from '../table.ts';

/** `mlspec reproduce`: an exported run carried out again and compared with itself. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const [folder] = call.arguments as [string];
  const display = createRunDisplay(output);
  try {
    const reproduction = await reproduceRun(config, {
      folder,
      into: textOption(call, 'into') ?? 'reproduced',
      files: textOption(call, 'files') ?? '.',
      tolerance: toleranceOf(call),
      isUntrustedAllowed: isOn(call, 'untrusted'),
      signal,
      onEvent: display.show,
    });
    display.close();
    if (output.json) output.resultJson({ type: 'result', ...withoutContents(reproduction) });
    else print(output, reproduction);
    return reproduction.isReproduced ? exitCodes.done : exitCodes.verificationFailed;
  } finally {
    display.close();
  }
}

function toleranceOf(call: CommandCall): number | null {
  const text = textOption(call, 'tolerance');
  if (text === undefined) return null;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new PlatformError('CLI_USAGE', {
    message: `expected --tolerance to be a number from 0 to 1, found ${JSON.stringify(text)}`,
  });
}

const words: Readonly<Record<ReproducedStep['likeness'], string>> = {
  identical: 'identical',
  equal: 'equal',
  unknown: 'not comparable',
  differs: 'differs',
  failed: 'failed',
  'left-out': 'left out',
};

function print(output: Output, { run, again, into, steps, circumstances, tolerance, statement }: Reproduction): void {
  const rows = steps.map((step) => [step.step, words[step.likeness], whyOf(step)]);
  output.result(formatTable(['step', 'again', 'what is other'], rows));
  output.result('');
  for (const one of circumstances) output.result(`other    ${one}`);
  const count = (likeness: ReproducedStep['likeness']): number =>
    steps.filter((step) => step.likeness === likeness).length;
  const parts = (Object.keys(words) as ReproducedStep['likeness'][])
    .filter((likeness) => count(likeness) > 0)
    .map((likeness) => `${count(likeness)} ${words[likeness]}`);
  output.result(`${run} again: ${parts.join(', ')}${tolerance === 0 ? '' : `; numbers within ${tolerance} are equal`}`);
  output.result(`run      ${again}, in ${into}`);
  output.say(`next     mlspec show ${again} --spec ${into}/declaration.json`);
  output.result(`signed   ${statement}`);
}

function whyOf({ why, outputs }: ReproducedStep): string {
  const others = outputs.filter((one) => one.why !== '').map((one) => `${one.port}: ${one.why}`);
  return [why, ...others].filter((text) => text !== '').join('; ');
}

function withoutContents(reproduction: Reproduction): object {
  return { ...reproduction, steps: reproduction.steps.map(({ before: _, ...step }) => step) };
}
