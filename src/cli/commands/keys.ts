import {
  knownKey,
  listKeys,
  newKey,
  parseRoles,
  renewKey,
  requireKeys,
  revokeKey,
  showKey,
  trustKey,
} from '../../app/index.ts';
import { didYouMean, formatInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, isOn, listOption, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

type Action = (call: CommandCall, name: string) => Promise<object>;
type Kind = 'p256' | 'p384' | 'p521' | 'ed25519';

const actions: Readonly<Record<string, Action>> = {
  new: async (call, name) => {
    const key = await newKey(call.config, { name, kind: kindOf(call), roles: rolesOf(call, ['runner']) });
    say(call, `made ${name}, ${key.algorithm}, roles ${key.roles.join(', ')}, id ${key.keyId}`);
    return key;
  },
  show: async (call, name) => {
    const { key, logKey } = await showKey(call.config, name);
    say(call, key.publicKey.trimEnd());
    // What is not the key goes beside it, so that standard output can be kept as a file.
    call.output.say(`id       ${key.keyId}`);
    call.output.say(`roles    ${key.roles.join(', ')}`);
    if (logKey !== null) call.output.say(`as a log ${logKey}`);
    return { ...key, logKey };
  },
  trust: async (call, name) => {
    const file = textOption(call, 'file');
    if (file === undefined) throw usage('keys trust NAME --file PUBLIC.pem --role ROLE');
    const key = await trustKey(call.config, { name, file, roles: rolesOf(call, []) });
    say(call, `trusted ${name}, ${key.algorithm}, roles ${key.roles.join(', ')}, id ${key.keyId}`);
    return key;
  },
  rotate: async (call, name) => {
    const key = await renewKey(call.config, name);
    say(call, `${name} is a new key, id ${key.keyId}; what the old one signed stays good, its secret half is removed`);
    return key;
  },
  revoke: async (call, name) => {
    if (!isOn(call, 'yes')) {
      await knownKey(call.config, name);
      throw new PlatformError('CLI_USAGE', {
        message: `revoking ${name} cannot be undone: what it signed is no longer trusted`,
        hint: `If that is meant: mlspec keys revoke ${name} --yes; with --keep-logged what the log of this project holds stays good`,
      });
    }
    const key = await revokeKey(call.config, name, isOn(call, 'keepLogged'));
    say(call, `revoked ${name}, id ${key.keyId}`);
    return key;
  },
};

/** `mlspec keys new|list|show|trust|rotate|revoke`: the keys of this user, and whose signatures count. */
export async function run(call: CommandCall): Promise<number> {
  const [action, name] = call.arguments;
  const result = action === 'list' ? await list(call) : await actOn(call, action ?? '', name);
  if (call.output.json) call.output.resultJson({ type: 'result', ...result });
  return exitCodes.done;
}

async function actOn(call: CommandCall, action: string, name: string | undefined): Promise<object> {
  const threshold = textOption(call, 'threshold');
  if (action === 'trust' && threshold !== undefined) return await setThreshold(call, threshold);
  const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (act === undefined || name === undefined)
    throw new PlatformError('CLI_USAGE', {
      message: `expected keys list, or keys ${Object.keys(actions).join('|')} NAME, found keys ${[action, name].join(' ').trim()}`,
      ...(act === undefined ? didYouMean(action, ['list', ...Object.keys(actions)]) : {}),
    });
  return await act(call, name);
}

async function list(call: CommandCall): Promise<object> {
  const keys = await listKeys(call.config);
  const rows = keys.map((key) => [
    key.name,
    key.keyId.slice(0, 12),
    key.algorithm,
    key.roles.join(','),
    key.end === null ? (key.isOwn ? 'own' : 'trusted') : key.end.why,
    formatInstant(key.end?.atMs ?? key.sinceMs),
  ]);
  say(call, keys.length === 0 ? 'no keys yet; the first run makes one' : formatTable(head, rows));
  return { keys };
}

const head = ['name', 'id', 'algorithm', 'roles', 'state', 'since'];

async function setThreshold(call: CommandCall, text: string): Promise<object> {
  const [role, count] = text.split('=');
  const [known] = parseRoles([role ?? '']);
  const least = Number(count);
  if (!Number.isInteger(least) || least < 1) throw usage('keys trust --threshold owner=2');
  await requireKeys(call.config, known!, least);
  say(call, `signatures of ${least} different keys are asked for in the role ${known}`);
  return { role: known, threshold: least };
}

function rolesOf(call: CommandCall, fallback: readonly string[]): ReturnType<typeof parseRoles> {
  const names = listOption(call, 'role');
  const roles = parseRoles(names.length > 0 ? names : fallback);
  if (roles.length === 0) throw usage('at least one --role');
  return roles;
}

function kindOf(call: CommandCall): Kind {
  return (textOption(call, 'algorithm') ?? 'p256') as Kind;
}

function say(call: CommandCall, text: string): void {
  if (!call.output.json) call.output.result(text);
}

function usage(expected: string): PlatformError {
  return new PlatformError('CLI_USAGE', { message: `expected ${expected}` });
}
