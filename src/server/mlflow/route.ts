import type { WebhookPolicy } from '../webhooks/index.ts';
import type { Caller } from './access/gate.ts';
import type { Fields, JsonSchema, Message, Reader } from './message.ts';
import type { Services } from './services.ts';

/** What a handler may ask of a call besides its fields. */
export interface Call extends Services {
  /** Who calls; null where nobody signs in. */
  readonly user: string | null;
  /** The same with what it may do, for what concerns users themselves. */
  readonly caller: Caller | null;
  /** Whom webhooks may reach. */
  readonly webhookPolicy: WebhookPolicy;
}

/** One endpoint of the MLflow REST API: served below `/api/2.0` (or 3.0) and `/ajax-api/2.0`. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** After the version: `/mlflow/runs/create`; `{name}` is a part that becomes a field. */
  readonly path: string;
  readonly version: 2 | 3;
  /** What its fields are, for the document of endpoints. */
  readonly schema: JsonSchema;
  /** Fields that may be repeated in a query. */
  readonly lists: readonly string[];
  /** Reads the fields and answers with an object for JSON; `{}` for nothing. */
  readonly answer: (fields: unknown, call: Call) => Promise<object>;
}

/** How an endpoint is written down: `POST /mlflow/runs/create`, `GET 3 /mlflow/traces/get`. */
export type RouteName = `${Route['method']} ${'' | '3 '}/${string}`;

/** An endpoint from its name, its message and what it does. */
export function route<Table extends Readonly<Record<string, Reader<unknown>>>>(
  name: RouteName,
  fields: Message<Table>,
  handle: (fields: Fields<Table>, call: Call) => Promise<object>,
): Route {
  const [method, ...rest] = name.split(' ');
  return {
    method: method as Route['method'],
    path: rest.at(-1)!,
    version: rest.length === 2 ? 3 : 2,
    schema: fields.schema ?? {},
    lists: Object.keys(fields.table).filter((field) => fields.table[field]!.isList),
    answer: async (given, call) => await handle(fields(given ?? {}, '')!, call),
  };
}
