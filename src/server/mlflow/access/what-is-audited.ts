/* Which requests the audit log holds: whatever changes something, and whatever was refused. */
import type { FastifyRequest } from 'fastify';

/** Requests that ask by POST and change nothing. */
const questions =
  /\/(search|get-latest-versions|search-datasets|batchGetInfos|calculate-filter-correlation)$|^\/graphql$|\/ui-telemetry$/;
/**
 * What is logged to a run, thousands of times a second, is not listed piece by piece: the run says whose it is. Nor are
 * the parts of a file.
 */
const streams = /\/runs\/(log-[a-z]+|set-tag|outputs)$|\/(v1|mlflow)\/traces$|\/mlflow-artifacts\/(mpu|presigned)\//;
/** The store writes these itself, together with what they change. */
const ownLines = /\/mlflow\/(users|roles)\//;

/** Whether a request that was answered with a status belongs into the audit log. */
export function isAudited({ method, routeOptions }: FastifyRequest, status: number): boolean {
  if (status === 401 || status === 403) return true;
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false;
  const url = routeOptions.url ?? '';
  return !(questions.test(url) || streams.test(url) || (ownLines.test(url) && status < 400));
}
