import { newId } from '../../encoding/index.ts';

/** What may stand in a log, a header and a search for it without being quoted. */
const wellFormed = /^[A-Za-z0-9][A-Za-z0-9._:@/+=-]{0,127}$/;

/** The id of a request: the one in its `X-Request-Id`, where that is well-formed, and a new one otherwise. */
export function requestIdOf(headers: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && wellFormed.test(given) ? given : newId('req');
}
