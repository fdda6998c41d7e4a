import { type Config, httpAddress } from '../config.ts';

/** Where events of a run are posted to. */
export interface LineageTarget {
  readonly url: string;
  /** Sent as a bearer token. */
  readonly apiKey: string | null;
}

const defaultEndpoint = 'api/v1/lineage';

/**
 * Where events go: the address given, else that of `OPENLINEAGE_URL`; null where there is neither. An address without a
 * path gets that of `OPENLINEAGE_ENDPOINT`, by default `api/v1/lineage`.
 * @throws PlatformError CONFIG_BAD_VALUE for one that is none of http or https
 */
export function lineageTarget({ env }: Pick<Config, 'env'>, given: string | undefined): LineageTarget | null {
  const [name, text] =
    given === undefined ? (['OPENLINEAGE_URL', env['OPENLINEAGE_URL']] as const) : (['--openlineage', given] as const);
  if (text === undefined || text === '') return null;
  const url = httpAddress(text, name);
  if (url.pathname === '/') url.pathname = `/${(env['OPENLINEAGE_ENDPOINT'] || defaultEndpoint).replace(/^\/+/, '')}`;
  return { url: url.href, apiKey: env['OPENLINEAGE_API_KEY'] || null };
}
