import { serveConnections } from '../server/mlflow/index.ts';
import type { OpenService } from '../server/workers/index.ts';
import { createOutput } from './output.ts';
import type { WorkerTask } from './serve-by-workers.ts';
import { openTrackingService } from './tracking-service.ts';

/** Serves what the command line of the supervisor named, on the connections that come from there. */
export const serveAsWorker: OpenService = async ({ task, isFirst, transferKey }, company) => {
  const { options, config, output, host } = task as WorkerTask;
  const own = createOutput(output);
  const stop = new AbortController();
  const service = await openTrackingService(
    {
      ...{ arguments: [], commands: [], options, config, signal: stop.signal },
      // What people have to know they are told once.
      output: isFirst ? own : { ...own, say: () => undefined },
    },
    host,
  );
  const server = await serveConnections({ ...service.options, transferKey, ...company });
  let chores: Promise<void> | null = null;
  return {
    about: service.store,
    take: server.take,
    keep: () => {
      chores ??= service.keepChores(stop.signal);
    },
    close: async () => {
      stop.abort();
      await server.close();
      await chores;
      await service.close();
    },
  };
};
