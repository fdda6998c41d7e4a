import {
  type AliasCheckName,
  aliasCheckNames,
  aliasDecisions,
  protectAlias,
  serverApprovals,
} from '../../app/index.ts';
import { formatInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, listOption, textOption } from '../command.ts';
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
  const requires = listOption({ config, output, ...call }, 'require').map(checkOf);
  const server = textOption({ config, output, ...call }, 'server');
  if (server === undefined) await protectAlias(config, { model, alias, approvals, requires });
  else await serverApprovals(config, server).protect({ name: model, alias, approvals, requires });
  if (output.json) return output.resultJson({ type: 'result', model, alias, approvals, requires });
  const said =
    approvals === 0
      ? `${model}/${alias} is not protected any more`
      : `${model}/${alias} takes ${approvals} approval${approvals === 1 ? '' : 's'} by others than who made a version${requires.length === 0 ? '' : `, and ${requires.join(', ')}`}`;
  output.result(said);
}

function checkOf(text: string): AliasCheckName {
  const found = aliasCheckNames.find((one) => one === text);
  if (found !== undefined) return found;
  throw usage(`expected ${aliasCheckNames.join(', ')} as --require, found ${JSON.stringify(text)}`);
}

async function showDecisions(call: CommandCall, model: string): Promise<void> {
  const { config, output } = call;
  const server = textOption(call, 'server');
  if (server !== undefined) return await showServerDecisions(call, { model, server });
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

async function showServerDecisions(
  { config, output }: CommandCall,
  { model, server }: { readonly model: string; readonly server: string },
): Promise<void> {
  const { protections, decisions } = await serverApprovals(config, server).protections(model);
  if (output.json) return output.resultJson({ type: 'result', model, protections, decisions });
  const rows = decisions.map(({ kind, alias, version, approvals, by, at }) => [
    ...[at, kind, alias, version === null ? `${approvals} approvals` : `version ${version}`, by],
  ]);
  const head = ['when', 'what', 'alias', 'about', 'by'];
  output.result(rows.length === 0 ? 'nothing decided yet' : formatTable(head, rows));
}

function usage(message: string): PlatformError {
  return new PlatformError('CLI_USAGE', { message });
}
