import { once } from 'node:events';
import { startTrackingServer } from '../server/mlflow/index.ts';
import type { CommandCall } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { tellReady } from './tell-ready.ts';
import { openTrackingService } from './tracking-service.ts';

/** Tracks experiments in this process. */
export async function serveAlone(
  call: CommandCall,
  address: { readonly host: string; readonly port: number },
): Promise<number> {
  const { signal, output } = call;
  const service = await openTrackingService(call, address.host);
  try {
    const server = await startTrackingServer({ ...service.options, ...address });
    tellReady(output, { url: server.url, store: service.store });
    const chores = service.keepChores(signal);
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
    await chores;
  } finally {
    await service.close();
  }
  return exitCodes.done;
}
