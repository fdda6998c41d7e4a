/* Protected aliases and requests to move them, at a tracking server to which people sign in. */
import type { JsonObject } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { parseVersionPrefix } from '../registry/index.ts';
import { askServer, serverAt } from './ask-server.ts';
import type { Config } from './config.ts';
import { splitSelector } from './package-verdicts.ts';
import type { RemoteTracking } from './remote-tracker.ts';

/** A request as the server tells of it; the fields are those of the reference of the registry. */
export interface RequestAnswer {
  readonly name: string;
  readonly number: number;
  readonly alias: string;
  readonly version: string;
  readonly model_version: string;
  readonly why: string;
  readonly state: string;
  readonly lapsed_because: string | null;
  readonly approvals: { readonly given: number; readonly needed: number };
  readonly missing: readonly string[];
  readonly asked_by: string;
  readonly asked_at: string;
  readonly expires_at: string;
  readonly decisions: readonly {
    readonly kind: string;
    readonly by: string;
    readonly comment: string;
    readonly at: string;
  }[];
}

/** What a server says of the aliases of a model. */
export interface ProtectionsAnswer {
  readonly protections: readonly {
    readonly alias: string;
    readonly approvals: number;
    readonly requires: readonly string[];
  }[];
  readonly decisions: readonly {
    readonly kind: string;
    readonly alias: string;
    readonly version: string | null;
    readonly approvals?: number;
    readonly by: string;
    readonly counts: boolean;
    readonly at: string;
  }[];
}

/** What is asked for: that an alias points at a version. */
export interface MoveWanted {
  /** `MODEL`, `MODEL/1.2.3` or `MODEL/ALIAS`; the latest version where none is named. */
  readonly name: string;
  readonly alias: string;
  readonly why: string;
  readonly days: number | undefined;
}

/** Requests at one server. Every method may throw TRACKING_UNREACHABLE and TRACKING_REFUSED. */
export interface ServerApprovals {
  ask(wanted: MoveWanted): Promise<RequestAnswer>;
  list(query: JsonObject): Promise<readonly RequestAnswer[]>;
  show(name: string, number: number): Promise<RequestAnswer>;
  decide(verb: 'approve' | 'reject' | 'withdraw', at: JsonObject): Promise<RequestAnswer>;
  /** Has a request carried out that nothing is missing of. */
  move(name: string, number: number): Promise<RequestAnswer>;
  protect(protection: JsonObject): Promise<void>;
  protections(name: string): Promise<ProtectionsAnswer>;
}

type One = { readonly request: RequestAnswer };

/** Requests at the server of an address, or of `MLFLOW_TRACKING_URI`. @throws PlatformError CONFIG_BAD_VALUE */
export function serverApprovals(config: Config, address: string | undefined): ServerApprovals {
  const server = serverAt(config, address);
  const ask = <Answer>(call: string, fields: JsonObject): Promise<Answer> => askServer<Answer>(server, call, fields);
  const show = async (name: string, number: number): Promise<RequestAnswer> =>
    (await ask<One>('GET mlspec/approvals/get', { name, number })).request;
  return {
    ask: async ({ name: of, alias, why, days }) => {
      const { name, version } = await versionAt(server, of);
      const more = days === undefined ? {} : { days };
      return (await ask<One>('POST mlspec/approvals/ask', { name, version, alias, why, ...more })).request;
    },
    list: async (query) => {
      const found: RequestAnswer[] = [];
      for (let token = ''; ; ) {
        const page = await ask<{ requests: RequestAnswer[]; next_page_token?: string }>('GET mlspec/approvals/list', {
          ...query,
          ...(token === '' ? {} : { page_token: token }),
        });
        found.push(...page.requests);
        if (page.next_page_token === undefined) return found;
        token = page.next_page_token;
      }
    },
    show,
    decide: async (verb, at) => (await ask<One>(`POST mlspec/approvals/${verb}`, at)).request,
    move: async (name, number) => {
      const { alias, version } = await show(name, number);
      await ask('POST mlflow/registered-models/alias', { name, alias, version });
      return await show(name, number);
    },
    protect: async (protection) => {
      await ask('POST mlspec/protections/set', protection);
    },
    protections: (name) => ask('GET mlspec/protections/list', { name }),
  };
}

/** A version as MLflow's protocol names it. @throws PlatformError REGISTRY_VERSION_UNKNOWN */
async function versionAt(server: RemoteTracking, of: string): Promise<{ name: string; version: string }> {
  const [name, selector = 'latest'] = splitSelector(of);
  type Found = { readonly version: string };
  if (parseVersionPrefix(selector) === null) {
    const at = { name, alias: selector };
    const { model_version } = await askServer<{ model_version: Found }>(
      server,
      'GET mlflow/registered-models/alias',
      at,
    );
    return { name, version: model_version.version };
  }
  const { model_versions: [found] = [] } = await askServer<{ model_versions?: Found[] }>(
    server,
    'POST mlflow/registered-models/get-latest-versions',
    { name, stages: [selector] },
  );
  if (found !== undefined) return { name, version: found.version };
  throw new PlatformError('REGISTRY_VERSION_UNKNOWN', {
    message: `expected a version of model ${name}, found none that begins with ${selector}`,
  });
}
