import { newId } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { checkOutput } from './check-output.ts';
import type { PublishedOutput } from './events.ts';
import type { OpenedExecution, RanStep } from './execution.ts';
import { storeKeptFiles } from './kept-files.ts';
import type { RunContext } from './run-context.ts';
import { fileEnding, isThere } from './scratch.ts';

/** What an execution left in the store: at its output ports, and the files that it kept beside them. */
export interface StoredOutputs {
  readonly outputs: Readonly<Record<string, PublishedOutput>>;
  readonly kept: Readonly<Record<string, PublishedOutput>>;
}

/**
 * Takes what the step left at its output ports, and the files that it kept, into the artifact store.
 * @throws PlatformError PIPELINE_OUTPUT_MISSING where a port is empty that is not optional; PIPELINE_BAD_OUTPUT as
 *   `checkOutput`; PIPELINE_BAD_KEPT_FILE as `storeKeptFiles`
 */
export async function storeOutputs(
  execution: OpenedExecution,
  ran: RanStep,
  context: RunContext,
): Promise<StoredOutputs> {
  const kept = await storeKeptFiles(execution, ran, context);
  return { outputs: await storePorts(execution, ran, context), kept };
}

async function storePorts(
  execution: OpenedExecution,
  ran: RanStep,
  context: RunContext,
): Promise<Record<string, PublishedOutput>> {
  const entries = await Promise.all(
    Object.entries(execution.step.outputs).map(async ([port, declared]): Promise<[string, PublishedOutput] | null> => {
      const reported = ran.result.outputs[port];
      const path = `${execution.scratch.outputs}/${port}${fileEnding(declared.type)}`;
      if (reported?.skipped === true || !isThere(path)) {
        if (declared.optional) return null;
        throw outputMissing(execution, port, path);
      }
      await checkOutput(execution.step, { port, path });
      const content = await context.services.artifacts.put(path, { signal: context.options.signal, source: 'consume' });
      return [
        port,
        { artifactId: newId('art'), type: declared.type, ...content, properties: reported?.properties ?? {} },
      ];
    }),
  );
  return Object.fromEntries(entries.filter((entry) => entry !== null));
}

function outputMissing(execution: OpenedExecution, port: string, path: string): PlatformError {
  const type = execution.step.outputs[port]!.type;
  return new PlatformError('PIPELINE_OUTPUT_MISSING', {
    message: `step ${execution.step.name} ended well and left nothing at its output ${port}: expected its ${type} at outputs/${path.split('/').at(-1)}`,
  });
}
