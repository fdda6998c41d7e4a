import type { RunRequest } from '../app/run.ts';
import type { UseAhead } from '../app/uses-ahead.ts';
import { type CommandCall, isOn } from './command.ts';

/**
 * Says what a release may cost before anything of it is spent and, on a terminal without `--yes`, asks whether to go on.
 */
export async function agreeToUses(call: CommandCall, request: Omit<RunRequest, 'onEvent'>): Promise<boolean> {
  if (request.selection.release !== true) return true;
  const { usesAhead } = await import('../app/uses-ahead.ts');
  const ahead = await usesAhead(call.config, request, {
    isPreview: isOn(call, 'dryRun'),
    onProgress: call.output.say,
  });
  for (const use of ahead) call.output.say(describeUse(use));
  const mayAsk = !isOn(call, 'yes') && !isOn(call, 'dryRun') && call.output.live && process.stdin.isTTY === true;
  if (ahead.length === 0 || !mayAsk) return true;
  const { confirm } = await import('@clack/prompts');
  return (await confirm({ message: 'Spend the uses and go on?', initialValue: false })) === true;
}

/** What a gate costs, for people. */
export function describeUse({ gate, part, uses, usesSpent, retired }: UseAhead): string {
  const left = Math.max(0, uses - usesSpent);
  if (retired) return `gate ${gate}: part ${part} was retired; only models that it has answered for get an answer`;
  if (left === 0)
    return `gate ${gate}: all ${uses} uses of part ${part} are spent; only models that it has answered for get an answer`;
  return `gate ${gate}: a model that it has not answered for costs one use of part ${part}; ${left} of ${uses} ${left === 1 ? 'is' : 'are'} left`;
}
