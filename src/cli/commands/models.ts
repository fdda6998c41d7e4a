import { aliasDecisions, protectAlias } from '../../app/index.ts';
import { formatInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

/** `mlspec models`: which aliases are protected, and what was decided about them. */
export async function run(call: CommandCall): Promise<number> {
  const [action, model = ''] = call.arguments;
  if (action === 'protect') await protect(call);
  else if (action === 'decisions') await showDecisions(call, model);
  else throw usage(`expected protect or decisions, found ${JSON.stringify(action)}`);
  return exitCodes.done;
}

async function protect({ config, output, ...call }: CommandCall): Promise<void> {
  const [, model = '', alias] = call.arguments;
  const text = textOption({ config, output, ...call }, 'approvals') ?? '1';
  if (alias === undefined) throw usage('expected mlspec models protect MODEL ALIAS');
  if (!/^\d{1,3}$/.test(text)) throw usage(`expected a whole number as --approvals, found ${JSON.stringify(text)}`);
  const approvals = Number(text);
  await protectAlias(config, { model, alias, approvals });
  if (output.json) return output.resultJson({ type: 'result', model, alias, approvals });
  const said =
    approvals === 0
      ? `${model}/${alias} is not protected any more`
      : `${model}/${alias} takes ${approvals} approval${approvals === 1 ? '' : 's'} by others than who made a version`;
  output.result(said);
}

async function showDecisions({ config, output }: CommandCall, model: string): Promise<void> {
  const decisions = await aliasDecisions(config, model);
  if (output.json) return output.resultJson({ type: 'result', model, decisions });
  const rows = decisions.map(({ kind, alias, ordinal, approvals, by, counts, atMs }) => [
    formatInstant(atMs),
    kind,
    alias,
    ordinal === null ? `${approvals} approvals` : `version ${ordinal}${counts ? '' : ', by who made it'}`,
    by.slice(0, 12),
  ]);
  output.result(
    rows.length === 0
      ? 'nothing decided yet: mlspec models protect MODEL ALIAS'
      : formatTable(['when', 'what', 'alias', 'about', 'key'], rows),
  );
}

function usage(message: string): PlatformError {
  return new PlatformError('CLI_USAGE', { message });
}
