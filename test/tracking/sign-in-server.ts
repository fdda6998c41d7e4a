import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccessStore, type Actor, openAccess, type Role } from '../../src/access/index.ts';
import type { Database } from '../../src/database/index.ts';
import { startTrackingServer, type TrackingServerOptions } from '../../src/server/mlflow/index.ts';
import type { TestDatabase } from '../contract/databases.ts';
import { openServices, serverOptions } from './open-services.ts';

/** What signs in: the header that a request brings. */
export type SignIn = Readonly<Record<string, string>>;

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Null where it is no JSON. */
  readonly json: Readonly<Record<string, unknown>> | null;
  readonly headers: Headers;
}

/** One request. */
export interface Asked {
  readonly as?: SignIn;
  /** Fields: of the query for GET, else of a JSON body; a text or bytes are sent as they are. */
  readonly fields?: object | string;
}

/** The JSON of an answer, as loose as a test wants it. */
// biome-ignore lint/suspicious/noExplicitAny: a test says by what it expects what an answer holds
export type Json = Record<string, any>;

/** What is asked of a server. */
export interface Asking {
  /** Asks something: `POST /api/2.0/mlflow/runs/create`. */
  ask(what: string, asked?: Asked): Promise<Answer>;
  /** The same of MLflow's API, `POST runs/create`, by an admin unless somebody else asks; fails where the answer is no 200. */
  make(what: string, fields: object, as?: SignIn): Promise<Json>;
}

/** A server of a test's own at which everybody signs in. */
export interface SignInServer extends Asking {
  readonly url: string;
  readonly access: AccessStore;
  readonly database: Database;
  readonly services: Awaited<ReturnType<typeof openServices>>;
  close(): Promise<void>;
}

/** Whoever sets a test up. */
export const setUp: Actor = { user: 'test', token: null, address: null };
/** The password of everybody. */
export const password = 'a password of tests';

/** Signs in by name and password. */
export function basic(name: string, secret = password): SignIn {
  return { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` };
}

/** Signs in by a token. */
export function bearer(token: string): SignIn {
  return { authorization: `Bearer ${token}` };
}

/** Starts a server with the user `admin` and some others. */
export async function startSignInServer(
  create: () => Promise<TestDatabase>,
  users: Readonly<Record<string, Role>> = {},
  options: Partial<TrackingServerOptions> = {},
): Promise<SignInServer> {
  const place = await create();
  const folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
  const database = await place.open();
  const services = await openServices(database, folder);
  const access = await openAccess(database);
  await access.addFirstAdmin({ name: 'admin', password }, setUp);
  for (const [name, role] of Object.entries(users)) await access.addUser({ name, password, role }, setUp);
  const server = await startTrackingServer({ ...serverOptions, services, access, ...options });
  return {
    ...askingAt(server.url),
    url: server.url,
    access,
    database,
    services,
    close: async () => {
      await server.close();
      await database.close();
      await place.dispose();
      await rm(folder, { recursive: true });
    },
  };
}

/** Asks the server at an address. @param always headers of every request */
export function askingAt(url: string, always: SignIn = {}): Asking {
  const ask: Asking['ask'] = async (what, { as = {}, fields } = {}) =>
    await request(url, what, { as: { ...always, ...as }, fields });
  return {
    ask,
    make: async (what, fields, as = basic('admin')) => {
      const [method, path] = what.split(' ');
      const found = await ask(`${method} /api/2.0/mlflow/${path}`, { as, fields });
      if (found.status !== 200) throw new Error(`${what}: ${found.status} ${found.text}`);
      return found.json as Json;
    },
  };
}

async function request(
  root: string,
  what: string,
  { as, fields }: { readonly as: SignIn; readonly fields: object | string | undefined },
): Promise<Answer> {
  const [method = 'GET', path = ''] = what.split(' ');
  const url = new URL(root + path);
  const isQuery = method === 'GET' || method === 'HEAD';
  if (isQuery && typeof fields === 'object')
    for (const [name, value] of Object.entries(fields))
      for (const one of [value].flat()) url.searchParams.append(name, String(one));
  const hasBody = !isQuery && fields !== undefined;
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...as, ...(hasBody && typeof fields === 'object' ? { 'content-type': 'application/json' } : {}) },
    ...(hasBody ? { body: typeof fields === 'string' ? fields : JSON.stringify(fields) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, text, json: jsonOf(text), headers: answer.headers };
}

function jsonOf(text: string): Answer['json'] {
  try {
    return JSON.parse(text) as Answer['json'];
  } catch {
    return null;
  }
}
