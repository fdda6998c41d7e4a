import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import { assert, isPlatformError, PlatformError } from '../../errors/index.ts';
import type { Invocation } from '../invocation.ts';
import type { StepContext } from '../stage.ts';
import type { CodeRecorder } from './code-recorder.ts';
import { loadExport } from './load-export.ts';
import { processOptions } from './run-builtin.ts';
import { runStepProcess } from './step-process.ts';

type StepFunction = (context: StepContext) => unknown;

/**
 * Runs the project's own function, in this process, with a context. An object that it returns is taken as small named
 * values. Resolves to the process's exit code; 75 where the thrown error has `retryable: true`.
 */
export async function runTypescript(invocation: Invocation, recorder: CodeRecorder): Promise<number> {
  const options = await processOptions(recorder);
  return await runStepProcess(
    invocation,
    async (context) => {
      const stray = strayErrors();
      try {
        const step = await loadFunction(invocation);
        keepValues(await Promise.race([step(context), stray.thrown]), context);
      } catch (error) {
        throw userError(error, invocation);
      } finally {
        stray.stop();
      }
    },
    options,
  );
}

async function loadFunction({ component, projectRoot, step }: Invocation): Promise<StepFunction> {
  assert(component.kind === 'typescript', `${step} is not a TypeScript step`);
  return (await loadExport(component, projectRoot)) as StepFunction;
}

function keepValues(returned: unknown, context: StepContext): void {
  if (returned === undefined || returned === null) return;
  if (typeof returned !== 'object' || Array.isArray(returned))
    throw new PlatformError('COMPONENT_BAD_OUTPUT', {
      message: `expected the function of step ${context.step} to return nothing or an object of small values, found ${Array.isArray(returned) ? 'an array' : `a ${typeof returned}`}`,
    });
  for (const [name, value] of Object.entries(returned)) {
    context.value(name, JSON.parse(canonicalJson(value)) as JsonValue);
  }
}

/** Errors that nobody waits for (a rejected promise, a throwing timer) end the work of a process too. */
export function strayErrors(): { readonly thrown: Promise<never>; stop(): void } {
  let reject: (error: unknown) => void = () => undefined;
  const thrown = new Promise<never>((_, rejected) => {
    reject = rejected;
  });
  thrown.catch(() => undefined);
  const onError = (error: unknown): void => reject(error);
  process.on('uncaughtException', onError).on('unhandledRejection', onError);
  return {
    thrown,
    stop: () => void process.off('uncaughtException', onError).off('unhandledRejection', onError),
  };
}

function userError(error: unknown, invocation: Invocation): PlatformError {
  if (isPlatformError(error)) return error;
  const isError = error instanceof Error;
  return new PlatformError('PIPELINE_STEP_FAILED', {
    message: isError ? `${error.name}: ${error.message}` : `step ${invocation.step} threw ${String(error)}`,
    details: { retryable: isError && (error as { retryable?: unknown }).retryable === true },
    cause: error,
  });
}
