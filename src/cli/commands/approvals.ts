import { type RequestAnswer, type ServerApprovals, serverApprovals } from '../../app/index.ts';
import type { JsonObject } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

type Action = (call: CommandCall, server: ServerApprovals) => Promise<void>;

const actions: Readonly<Record<string, Action>> = {
  ask,
  list,
  show: async (call, server) => say(call, await server.show(...requestOf(call))),
  approve: (call, server) => decide(call, server, 'approve'),
  reject: (call, server) => decide(call, server, 'reject'),
  withdraw: (call, server) => decide(call, server, 'withdraw'),
  move: async (call, server) => say(call, await server.move(...requestOf(call))),
};

/** `mlspec approvals`: requests to move protected aliases, at a tracking server to which people sign in. */
export async function run(call: CommandCall): Promise<number> {
  const [action = ''] = call.arguments;
  const work = actions[action];
  if (work === undefined)
    throw usage(`expected ${Object.keys(actions).join(', ')}, found ${JSON.stringify(action.slice(0, 100))}`);
  await work(call, serverApprovals(call.config, textOption(call, 'server')));
  return exitCodes.done;
}

async function ask(call: CommandCall, server: ServerApprovals): Promise<void> {
  const [, name] = call.arguments;
  const [why, days] = [textOption(call, 'why'), textOption(call, 'days')];
  if (name === undefined || why === undefined) throw usage('expected mlspec approvals ask MODEL/VERSION --why TEXT');
  if (days !== undefined && !/^\d{1,3}$/.test(days))
    throw usage(`expected a whole number as --days, found ${JSON.stringify(days)}`);
  const wanted = { name, why, days: days === undefined ? undefined : Number(days) };
  say(call, await server.ask({ ...wanted, alias: textOption(call, 'alias') ?? 'production' }));
}

async function list(call: CommandCall, server: ServerApprovals): Promise<void> {
  const [, name] = call.arguments;
  const alias = textOption(call, 'alias');
  const query: JsonObject = {
    ...(name === undefined ? {} : { name }),
    ...(alias === undefined ? {} : { alias }),
    which: isOn(call, 'all') ? 'all' : 'open',
  };
  const requests = await server.list(query);
  const { output } = call;
  if (output.json) return output.resultJson({ type: 'result', requests });
  const rows = requests.map((one) => [
    ...[one.name, String(one.number), one.alias, one.model_version, one.state],
    ...[`${one.approvals.given} of ${one.approvals.needed}`, one.asked_by, one.asked_at],
  ]);
  const head = ['model', 'number', 'alias', 'version', 'state', 'approvals', 'asked by', 'when'];
  output.result(rows.length === 0 ? 'no requests' : formatTable(head, rows));
}

async function decide(
  call: CommandCall,
  server: ServerApprovals,
  verb: 'approve' | 'reject' | 'withdraw',
): Promise<void> {
  const [name, number] = requestOf(call);
  say(call, await server.decide(verb, { name, number, comment: textOption(call, 'comment') ?? '' }));
}

function requestOf({ arguments: [action, name, number] }: CommandCall): [string, number] {
  if (name !== undefined && number !== undefined && /^\d{1,15}$/.test(number)) return [name, Number(number)];
  throw usage(`expected mlspec approvals ${action} MODEL NUMBER, as mlspec approvals list shows it`);
}

function say({ output }: CommandCall, request: RequestAnswer): void {
  if (output.json) {
    output.resultJson({ type: 'result', ...request });
    return;
  }
  const { name, number, alias, model_version: version, state, approvals, missing, decisions } = request;
  const ended = request.lapsed_because === null ? state : `${state}: ${request.lapsed_because}`;
  output.result(`request ${number} of ${name}: ${alias} to ${version}, ${ended}`);
  output.result(`asked    ${request.asked_at} by ${request.asked_by}: ${request.why}`);
  for (const { kind, by, at, comment } of decisions)
    output.result(`${kind.padEnd(8)} ${at} by ${by}${comment === '' ? '' : `: ${comment}`}`);
  if (state === 'moved') output.result(`${name}/${alias} is ${version} now, with ${approvals.given} approvals`);
  for (const what of missing) output.result(`missing  ${what}`);
  if (state === 'open')
    output.say(`next     mlspec approvals approve '${name}' ${number}, until ${request.expires_at}`);
}

function usage(message: string): PlatformError {
  return new PlatformError('CLI_USAGE', { message });
}
