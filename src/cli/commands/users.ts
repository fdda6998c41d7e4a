import type { AccessStore, Actor } from '../../access/index.ts';
import { type RequireThere, withAccess } from '../../app/index.ts';
import { didYouMean, formatInstant } from '../../encoding/index.ts';
import { resourceOptions, roleOption, usage } from '../access-options.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { readPassword } from '../read-password.ts';
import { formatTable } from '../table.ts';

/** Carries one action out. @returns what `--json` prints, and what people read */
type Action = (call: CommandCall, store: AccessStore, by: Actor, requireThere: RequireThere) => Promise<Done>;

interface Done {
  readonly result: object;
  readonly says: string;
}

const actions: Readonly<Record<string, Action>> = {
  add: async (call, store, by) => {
    const role = roleOption(call, 'reader');
    const password = isOn(call, 'byProvider') ? null : await readPassword(call, nameOf(call));
    const user = await store.addUser({ name: nameOf(call), password, role }, by);
    return { result: { user }, says: `added ${user.name}, ${user.role}` };
  },
  list: async (_call, store) => {
    const users = await store.listUsers();
    const rows = users.map(({ name, role, signsInBy, createdAtMs }) => [
      ...[name, role, signsInBy.join(', '), formatInstant(createdAtMs)],
    ]);
    const table = formatTable(['name', 'role', 'signs in by', 'since'], rows);
    return { result: { users }, says: users.length === 0 ? 'no users yet: mlspec users add NAME' : table };
  },
  show: async (call, store) => {
    const grants = await store.listGrants(nameOf(call));
    const table = formatTable(
      ['kind', 'id', 'role'],
      grants.map(({ kind, id, role }) => [kind, id, role]),
    );
    return { result: { grants }, says: grants.length === 0 ? `nothing was granted to ${nameOf(call)} alone` : table };
  },
  password: async (call, store, by) => {
    const password = await readPassword(call, nameOf(call));
    const user = await store.changeUser(nameOf(call), { password }, by);
    return { result: { user }, says: `${user.name} has a new password` };
  },
  grant: async (call, store, by, requireThere) => {
    if (textOption(call, 'role') === undefined) throw usage('expected users grant NAME --role ROLE');
    const [name, role, resources] = [nameOf(call), roleOption(call, 'reader'), resourceOptions(call)];
    await requireThere(resources);
    if (resources.length === 0) await store.changeUser(name, { role }, by);
    for (const resource of resources) await store.grant(name, { ...resource, role }, by);
    return { result: { name, role, resources }, says: `${name} is ${role} ${sayWhere(resources)}` };
  },
  revoke: async (call, store, by) => {
    const [name, resources] = [nameOf(call), resourceOptions(call)];
    if (resources.length === 0) throw usage('expected users revoke NAME --experiment ID or --model MODEL');
    for (const resource of resources) await store.revoke(name, resource, by);
    return { result: { name, resources }, says: `${name} has no role of its own ${sayWhere(resources)} any more` };
  },
  'sign-out': async (call, store, by) => {
    const ended = await store.endSessions(nameOf(call), by);
    return { result: { name: nameOf(call), ended }, says: `signed ${nameOf(call)} out of ${ended} browsers` };
  },
  remove: async (call, store, by) => {
    await store.removeUser(nameOf(call), by);
    return { result: { name: nameOf(call) }, says: `removed ${nameOf(call)}, with all grants and tokens` };
  },
  log: async (call, store) => {
    const [, user] = call.arguments;
    const entries = await store.readLog({ user, limit: limitOf(call) });
    const rows = entries.map(({ atMs, user: who, token, address, action, resource, status }) => [
      ...[formatInstant(atMs), who ?? '-', token ?? '-', address ?? '-', action, resource ?? '-', String(status)],
    ]);
    const head = ['when', 'who', 'token', 'from', 'what', 'on what', 'status'];
    return { result: { entries }, says: entries.length === 0 ? 'nothing yet' : formatTable(head, rows) };
  },
};

/** `mlspec users`: who may sign in to the tracking server, and what was done there. */
export async function run(call: CommandCall): Promise<number> {
  const [action = ''] = call.arguments;
  const act = Object.hasOwn(actions, action) ? actions[action]! : null;
  if (act === null) {
    const { hint } = didYouMean(action, Object.keys(actions)) as { hint?: string };
    throw usage(
      `expected users ${Object.keys(actions).join('|')}, found users ${action}${hint === undefined ? '' : `. ${hint}`}`,
    );
  }
  const { result, says } = await withAccess(call.config, textOption(call, 'store'), (...given) => act(call, ...given));
  if (call.output.json) call.output.resultJson({ type: 'result', ...result });
  else call.output.result(says);
  return exitCodes.done;
}

function nameOf(call: CommandCall): string {
  const [action, name] = call.arguments;
  if (name === undefined) throw usage(`expected users ${action} NAME`);
  return name;
}

function limitOf(call: CommandCall): number {
  const text = textOption(call, 'limit') ?? '100';
  if (!/^\d{1,5}$/.test(text)) throw usage(`expected a whole number as --limit, found ${JSON.stringify(text)}`);
  return Number(text);
}

function sayWhere(resources: readonly { readonly kind: string; readonly id: string }[]): string {
  if (resources.length === 0) return 'wherever no other role was granted';
  return `of ${resources.map(({ kind, id }) => `${kind} ${id}`).join(', ')}`;
}
