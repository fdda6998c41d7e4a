import { portNumber, positiveInteger } from '../../app/config.ts';
import { type CommandCall, textOption } from '../command.ts';

const defaultPort = 5000;
/** Each takes memory and connections to the database; no machine is known on which more would help. */
const mostWorkers = 64;

/** `mlspec server`: tracks experiments for MLflow clients until it is interrupted. */
export async function run(call: CommandCall): Promise<number> {
  const port = portNumber(textOption(call, 'port'), '--port') ?? defaultPort;
  const host = textOption(call, 'host') ?? '127.0.0.1';
  const workers = positiveInteger(textOption(call, 'workers'), '--workers', mostWorkers) ?? 1;
  // The supervisor of workers loads nothing of what they serve.
  if (workers > 1) return await (await import('../serve-by-workers.ts')).serveByWorkers(call, { host, port, workers });
  return await (await import('../serve-alone.ts')).serveAlone(call, { host, port });
}
