/* The file of `mlspec server --provider`: by which provider of OpenID Connect people sign in, and who they become. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { isRole, type PeopleRules, type ProviderSettings, type Role } from '../access/index.ts';
import { didYouMean, parseDuration } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type Config, httpAddress } from './config.ts';

const secretVariable = 'MLSPEC_OIDC_CLIENT_SECRET';
const keys = ['issuer', 'client_id', 'secret_file', 'address', 'scopes', 'name_claim', 'roles', 'others', 'session'];
const defaults = { scopes: ['openid', 'profile', 'email'], nameClaim: 'preferred_username', session: '12h' };
/** Longer than a sign-in may take, so that a session outlives what it came from. */
const shortestSessionMs = 15 * 60_000;
const longestSessionMs = 30 * 24 * 3600_000;
/** Whom nobody named becomes no more than this. */
const rolesOfOthers: readonly Role[] = ['none', 'reader', 'writer'];

type Fields = Readonly<Record<string, unknown>>;

/** Reads the file of a provider, and its secret. @throws PlatformError CONFIG_BAD_VALUE */
export async function readProvider(file: string, { env }: Config): Promise<ProviderSettings> {
  const path = resolve(file);
  const fields = fieldsOf(await readText(path), file, keys);
  protectedAddress(fields, 'issuer', file);
  const address = protectedAddress(fields, 'address', file);
  if (address.href !== `${address.origin}/`)
    throw wrong(file, 'address', 'an origin without a path, such as https://ml.example.org', fields['address']);
  return {
    // ID tokens name it to the letter.
    issuer: textOf(fields, 'issuer', file),
    clientId: textOf(fields, 'client_id', file),
    clientSecret: await readSecret(fields, { env, file, folder: dirname(path) }),
    address: address.origin,
    scopes: scopesOf(fields['scopes'] ?? defaults.scopes, file),
    nameClaim: fields['name_claim'] === undefined ? defaults.nameClaim : textOf(fields, 'name_claim', file),
    ...peopleOf(fields, file),
    sessionMs: sessionOf(fields['session'] ?? defaults.session, file),
  };
}

async function readText(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: Error) => {
    throw new PlatformError('CONFIG_BAD_VALUE', { message: `${path} cannot be read: ${cause.message}`, cause });
  });
}

function fieldsOf(text: string, file: string, known: readonly string[]): Fields {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    // What follows the first line shows a part of the file.
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `${file} is no YAML: ${(cause as Error).message.split('\n')[0]}`,
    });
  }
  // What it says instead may be a secret in the wrong place.
  return recordOf(document, known, (expected) => wrong(file, 'the document', expected, kindOf(document)));
}

function recordOf(value: unknown, known: readonly string[], fail: (expected: string) => PlatformError): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail(`to have ${known.join(', ')}`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return value as Fields;
  const { hint = `there are ${known.join(', ')}` } = didYouMean(unknown, known) as { hint?: string };
  throw fail(`to have nothing called ${JSON.stringify(unknown)}: ${hint}`);
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.keys(value).slice(0, 20).join(', ') : typeof value;
}

function textOf(fields: Fields, key: string, file: string): string {
  const value = fields[key];
  if (typeof value === 'string' && value.trim() !== '' && !/\p{Cc}/u.test(value)) return value;
  throw wrong(file, key, 'a text', value);
}

/** https, or http on this machine: what goes there signs people in. */
function protectedAddress(fields: Fields, key: string, file: string): URL {
  const url = httpAddress(textOf(fields, key, file), `${key} of ${file}`);
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if ((url.protocol === 'https:' || isHere) && url.username === '' && url.search === '' && url.hash === '') return url;
  throw wrong(
    file,
    key,
    'an address that begins with https:// and has no user and no query',
    `${url.protocol}//${url.host}`,
  );
}

interface SecretPlaces {
  readonly env: Config['env'];
  readonly file: string;
  readonly folder: string;
}

async function readSecret(fields: Fields, { env, file, folder }: SecretPlaces): Promise<string> {
  const given =
    fields['secret_file'] === undefined
      ? env[secretVariable]
      : await readText(resolve(folder, textOf(fields, 'secret_file', file)));
  const secret = given?.replace(/\r?\n$/, '') ?? '';
  if (/^[\x20-\x7e]{1,4096}$/.test(secret)) return secret;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected the secret of the client, one line, in the file that secret_file of ${file} names or in ${secretVariable}; found ${secret === '' ? 'none' : 'something else'}`,
  });
}

function scopesOf(value: unknown, file: string): string[] {
  const isList =
    Array.isArray(value) && value.every((one) => typeof one === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(one));
  if (isList && value.includes('openid')) return value as string[];
  throw wrong(file, 'scopes', 'a list of scopes, openid among them', value);
}

function peopleOf(fields: Fields, file: string): Pick<PeopleRules, 'roles' | 'others'> {
  const { others = 'refuse', roles } = fields;
  if (others !== 'refuse' && !rolesOfOthers.includes(others as Role))
    throw wrong(file, 'others', `refuse, ${rolesOfOthers.join(', ')}`, others);
  return {
    others: others === 'refuse' ? null : (others as Role),
    roles: roles === undefined ? null : rolesOf(roles, file),
  };
}

function rolesOf(value: unknown, file: string): NonNullable<PeopleRules['roles']> {
  const fields = recordOf(value, ['claim', 'give'], (expected) => wrong(file, 'roles', expected, kindOf(value)));
  const give = fields['give'];
  if (typeof give !== 'object' || give === null || Array.isArray(give) || Object.keys(give).length === 0)
    throw wrong(file, 'roles.give', 'groups with their roles', give);
  const pairs = Object.entries(give as Fields).map(([group, role]): [string, Role] => {
    if (typeof role === 'string' && isRole(role)) return [group, role];
    throw wrong(file, `roles.give of ${JSON.stringify(group)}`, 'none, reader, writer, approver or admin', role);
  });
  return { claim: textOf(fields, 'claim', file), give: new Map(pairs) };
}

function sessionOf(value: unknown, file: string): number {
  const expected = 'a length of time of 15 min to 30d';
  try {
    const ms = parseDuration(String(value));
    if (ms >= shortestSessionMs && ms <= longestSessionMs) return ms;
  } catch {
    // Told below, as whatever is too short.
  }
  throw wrong(file, 'session', expected, value);
}

function wrong(file: string, key: string, expected: string, found: unknown): PlatformError {
  const said = found === undefined ? 'nothing' : (JSON.stringify(found) ?? 'nothing').slice(0, 200);
  const be = expected.startsWith('to ') ? expected : `to be ${expected}`;
  return new PlatformError('CONFIG_BAD_VALUE', { message: `expected ${key} of ${file} ${be}, found ${said}` });
}
