import { fileURLToPath } from 'node:url';
import { isPlatformError, toPlatformError } from '../../errors/index.ts';
import type { Invocation, InvocationError } from '../invocation.ts';

const programSource = fileURLToPath(new URL('../..', import.meta.url));

/** What a step's process says of the error that ended it. A traceback only where code, and not a document, was wrong. */
export function describeFailure(thrown: unknown, invocation: Invocation): InvocationError {
  const error = toPlatformError(thrown);
  const isExpected = isPlatformError(thrown) && error.kind !== 'internal' && error.kind !== 'user-code';
  const cause = error.cause instanceof Error ? error.cause : error;
  const traceback = isExpected || (error.kind === 'user-code' && cause === error) ? null : userStack(cause, invocation);
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    retryable: error.details['retryable'] === true,
    ...(traceback === null ? {} : { traceback }),
  };
}

/** A stack with the project's files relative to the project and, where those are in it, without the runner's own frames. */
function userStack(error: Error, invocation: Invocation): string {
  const stack = error.stack ?? `${error.name}: ${error.message}`;
  const root = `${invocation.projectRoot}/`;
  const lines = stack.split('\n');
  const isOwn = (line: string): boolean => line.includes(root);
  const kept = lines.some(isOwn)
    ? lines.filter((line) => !/^\s+at /.test(line) || isOwn(line) || !/node:internal|processTicks/.test(line))
    : lines;
  const shown = kept
    .filter((line) => !kept.some(isOwn) || isOwn(line) || !line.includes(programSource))
    .map((line) => line.replaceAll(`file://${root}`, '').replaceAll(root, ''));
  const inner = error.cause instanceof Error ? `\ncaused by: ${userStack(error.cause, invocation)}` : '';
  return shown.join('\n') + inner;
}
