/* A server of a test's own with people who ask for moves of protected aliases and approve them. */
import { expect } from 'vitest';
import type { TestDatabase } from '../contract/databases.ts';
import {
  type Answer,
  type Asking,
  basic,
  type Json,
  password,
  type SignIn,
  type SignInServer,
  startSignInServer,
} from './sign-in-server.ts';

/** Signs each of them in: four approvers, a writer, a reader, and the admin. */
export const people = {
  ...{ ann: basic('ann'), ben: basic('ben'), cat: basic('cat'), dan: basic('dan') },
  ...{ wil: basic('wil'), ron: basic('ron'), admin: basic('admin') },
} as const;
const { ann, wil, admin } = people;
const approvers = { ann: 'approver', ben: 'approver', cat: 'approver', dan: 'approver' } as const;
const roles = { ...approvers, wil: 'writer', ron: 'reader' } as const;
let count = 0;

/** Adds them, but for the admin, at a server of its own process. */
export async function addPeople({ make }: Asking): Promise<void> {
  for (const [username, mlspec_role] of Object.entries(roles))
    await make('POST users/create', { username, password, mlspec_role });
}

/** The server. */
export async function startApprovals(create: () => Promise<TestDatabase>): Promise<SignInServer> {
  return await startSignInServer(create, roles, { webhookPolicy: { schemes: ['http'], addresses: 'any' } });
}

/** What is asked of it. */
export function askedOf(serverOf: () => Asking) {
  const own = async (what: string, fields: object, as: SignIn): Promise<Answer> => {
    const [method, path] = what.split(' ');
    return await serverOf().ask(`${method} /api/2.0/mlspec/${path}`, { as, fields });
  };
  /** The request of an answer that has to be good. */
  const said = async (what: string, fields: object, as: SignIn): Promise<Json> => {
    const { status, text, json } = await own(what, fields, as);
    expect([status, status === 200 ? '' : text]).toEqual([200, '']);
    return (json as Json)['request'];
  };
  const refused = async (answer: Promise<Answer>, status: number, ...words: string[]): Promise<void> => {
    const { status: found, text } = await answer;
    expect([found, text]).toEqual([status, text]);
    for (const word of words) expect(text).toContain(word);
  };
  const pointAt = (name: string, version: string, as: SignIn, alias = 'production'): Promise<Answer> =>
    serverOf().ask('POST /api/2.0/mlflow/registered-models/alias', { as, fields: { name, alias, version } });
  const pointed = async (name: string): Promise<string | null> => {
    const fields = { name, alias: 'production' };
    const { json } = await serverOf().ask('GET /api/2.0/mlflow/registered-models/alias', { as: admin, fields });
    return (json as Json)['model_version']?.version ?? null;
  };
  const decide = (verb: string, request: Json, as: SignIn, comment = ''): Promise<Answer> =>
    own(`POST approvals/${verb}`, { name: request['name'], number: request['number'], comment }, as);
  const approve = (request: Json, as: SignIn): Promise<Answer> => decide('approve', request, as);
  const seen = (request: Json, as = admin): Promise<Json> =>
    said('GET approvals/get', { name: request['name'], number: request['number'] }, as);
  const askFor = (name: string, version: string, as = wil): Promise<Json> =>
    said('POST approvals/ask', { name, version, alias: 'production', why: 'better' }, as);

  /** A model with versions of ann's and the alias `production` at none. */
  const guarded = async (approvals: number, more: object = {}): Promise<string> => {
    const name = `guarded ${count++}`;
    await serverOf().make('POST registered-models/create', { name });
    for (const source of ['s3://b/1', 's3://b/2', 's3://b/3'])
      await serverOf().make('POST model-versions/create', { name, source: `${source}/${name}` }, ann);
    await own('POST protections/set', { name, alias: 'production', approvals, ...more }, admin);
    return name;
  };
  return { own, said, refused, pointAt, pointed, decide, approve, seen, askFor, guarded };
}
