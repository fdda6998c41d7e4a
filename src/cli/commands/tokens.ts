import { withAccess } from '../../app/index.ts';
import { formatInstant, now } from '../../encoding/index.ts';
import { resourceOptions, roleOption, usage } from '../access-options.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

const dayMs = 24 * 3600 * 1000;
const defaultDays = '90';
const endless = 'never';

/** `mlspec tokens new|list|revoke`: API tokens of the tracking server. */
export async function run(call: CommandCall): Promise<number> {
  const [action, what] = call.arguments;
  if (action === 'new') await make(call, what);
  else if (action === 'list') await list(call, what);
  else if (action === 'revoke') await revoke(call, what);
  else throw usage(`expected tokens new, list or revoke, found tokens ${action ?? ''}`);
  return exitCodes.done;
}

async function make(call: CommandCall, name: string | undefined): Promise<void> {
  const user = textOption(call, 'user');
  if (name === undefined || user === undefined) throw usage('expected tokens new NAME --user USER');
  const scope = resourceOptions(call);
  const wanted = {
    ...{ user, name, role: roleOption(call, 'writer'), scope: scope.length === 0 ? null : scope },
    expiresAtMs: endOf(textOption(call, 'days') ?? defaultDays),
  };
  const made = await withAccess(call.config, textOption(call, 'store'), async (store, by, requireThere) => {
    await requireThere(scope);
    return await store.addToken(wanted, by);
  });
  if (call.output.json) return call.output.resultJson({ type: 'result', ...made });
  call.output.result(made.secret);
  call.output.say(`${name} of ${user}, ${made.token.role}; it is shown only now. export MLFLOW_TRACKING_TOKEN=…`);
}

/** When a token ends; null: not before it is revoked, which has to be said in so many letters. */
function endOf(days: string): number | null {
  if (days === endless) return null;
  if (/^[1-9]\d{0,3}$/.test(days)) return now() + Number(days) * dayMs;
  throw usage(
    `expected a whole number of days from 1 to 9999 as --days, or "${endless}" for a token that lasts until it is revoked, found ${JSON.stringify(days)}`,
  );
}

async function list(call: CommandCall, user: string | undefined): Promise<void> {
  const tokens = await withAccess(call.config, textOption(call, 'store'), (store) => store.listTokens(user));
  if (call.output.json) return call.output.resultJson({ type: 'result', tokens });
  const instant = (atMs: number | null) => (atMs === null ? 'never' : formatInstant(atMs));
  const rows = tokens.map((token) => [
    ...[token.prefix, token.user, token.name, token.role],
    token.scope === null ? 'everything' : token.scope.map(({ kind, id }) => `${kind} ${id}`).join(', '),
    token.revokedAtMs === null ? instant(token.expiresAtMs) : `revoked ${instant(token.revokedAtMs)}`,
    instant(token.usedAtMs),
  ]);
  const head = ['begins with', 'user', 'name', 'role', 'opens', 'ends', 'last used'];
  call.output.result(
    tokens.length === 0 ? 'no tokens yet: mlspec tokens new NAME --user USER' : formatTable(head, rows),
  );
}

async function revoke(call: CommandCall, prefix: string | undefined): Promise<void> {
  if (prefix === undefined) throw usage('expected tokens revoke PREFIX, as tokens list shows it');
  const token = await withAccess(call.config, textOption(call, 'store'), (store, by) => store.revokeToken(prefix, by));
  if (call.output.json) return call.output.resultJson({ type: 'result', token });
  call.output.result(`revoked ${token.prefix}, ${token.name} of ${token.user}`);
}
