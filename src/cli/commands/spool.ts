import { once } from 'node:events';
import {
  listSpools,
  openSpool,
  portNumber,
  programVersion,
  type Spool,
  spoolFolder,
  spoolTarget,
} from '../../app/index.ts';
import { formatBytes, formatInstant } from '../../encoding/index.ts';
import { toPlatformError } from '../../errors/index.ts';
import { startTrackingServer } from '../../server/mlflow/index.ts';
import { keepSendingSpool, sendSpool } from '../../server/spool/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { senderOptions } from '../sender-options.ts';

const defaultPort = 5001;
const asidesShown = 100;

/** `mlspec spool`: a tracker that sends on what it keeps, and questions about what waits in one. */
export async function run(call: CommandCall): Promise<number> {
  const [what = ''] = call.arguments;
  const action = actions[what];
  return action === undefined ? await serve(call, what) : await ofEach(call, action);
}

type Action = (call: CommandCall, spool: Spool) => Promise<number>;

const actions: Readonly<Record<string, Action>> = { status, send, runs, versions, again };

/** Does something with the spool of `--store`, or with all of the user. @returns the highest exit code */
async function ofEach(call: CommandCall, action: Action): Promise<number> {
  const store = textOption(call, 'store');
  const folders = store === undefined ? await listSpools(call.config) : [store];
  if (folders.length === 0) call.output.say('there is no spool: nothing was logged while a server was away');
  const codes: number[] = [exitCodes.done];
  for (const folder of folders) {
    const spool = await openSpool(folder, null);
    try {
      codes.push(await action(call, spool));
    } finally {
      await spool.close();
    }
  }
  return Math.max(...codes);
}

async function serve(call: CommandCall, address: string): Promise<number> {
  const { config, output, signal } = call;
  const target = spoolTarget(config, address);
  const spool = await openSpool(textOption(call, 'store') ?? spoolFolder(config.spoolsDir, target.uri), target.uri);
  try {
    await spool.journal.claim();
    const server = await startTrackingServer({
      services: spool,
      port: portNumber(textOption(call, 'port'), '--port') ?? defaultPort,
      programVersion,
      allowedHosts: [],
      allowedOrigins: [],
      onError: (error, where) => output.say(`error in ${where}: ${toPlatformError(error).message}`),
    });
    if (output.json) output.resultJson({ type: 'ready', url: server.url, remote: target.uri, folder: spool.folder });
    else output.result(`spool for ${target.uri} at ${server.url}`);
    output.say(output.style('dim', `  what waits is in ${spool.folder}`));
    output.say(output.style('dim', `  export MLFLOW_TRACKING_URI=${server.url}; Ctrl-C ends it`));
    const sending = keepSendingSpool(senderOptions(spool, { target, signal, say: (message) => output.say(message) }));
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
    await sending;
    await spool.journal.release();
    await sayWaiting(call, spool);
  } finally {
    await spool.close();
  }
  return exitCodes.done;
}

async function sayWaiting({ output }: CommandCall, { journal }: Spool): Promise<void> {
  const { waiting, waitingBytes, remote } = await journal.status();
  if (waiting > 0)
    output.say(`${waiting} calls (${formatBytes(waitingBytes)}) wait for ${remote}; mlspec spool send sends them`);
}

async function send(call: CommandCall, spool: Spool): Promise<number> {
  const target = spoolTarget(call.config, spool.journal.remote);
  await spool.journal.claim();
  try {
    const { signal, output } = call;
    await sendSpool(senderOptions(spool, { target, signal, say: (message) => output.say(message) }));
  } catch (error) {
    call.output.say((error as Error).message);
  } finally {
    await spool.journal.release();
  }
  await status(call, spool);
  return (await spool.journal.status()).waiting === 0 ? exitCodes.done : exitCodes.failed;
}

async function status({ output }: CommandCall, { journal, folder }: Spool): Promise<number> {
  const found = await journal.status();
  const refused = await journal.asides(asidesShown);
  const asides = refused.map(({ subject, change, reason }) => ({ subject, kind: change.kind, reason }));
  if (output.json) {
    output.resultJson({ type: 'spool', folder, ...found, refused: asides });
    return exitCodes.done;
  }
  output.result(output.style('bold', found.remote));
  const since = found.oldestAtMs === null ? '' : `, the oldest of ${formatInstant(found.oldestAtMs)}`;
  output.result(
    `  waiting  ${found.waiting} calls of ${found.waitingRuns} runs, ${formatBytes(found.waitingBytes)}${since}`,
  );
  output.result(`  refused  ${found.aside}${found.aside === 0 ? '' : '; mlspec spool again sends them once more'}`);
  for (const { subject, kind, reason } of asides) output.result(`    ${kind} of ${subject}: ${reason}`);
  output.result(`  sent     ${found.sentAtMs === null ? 'nothing yet' : `last at ${formatInstant(found.sentAtMs)}`}`);
  if (found.lastError !== null) output.result(`  last error  ${found.lastError}`);
  output.result(`  ${found.sender === null ? 'nobody sends' : `process ${found.sender} sends`}; ${folder}`);
  return exitCodes.done;
}

async function runs({ output }: CommandCall, { journal }: Spool): Promise<number> {
  for (const run of await journal.runs()) {
    if (output.json) output.resultJson({ type: 'run', remote: journal.remote, ...run });
    else output.result(`${run.runId}  ${run.remoteId}  ${journal.remote}`);
  }
  return exitCodes.done;
}

async function versions({ output }: CommandCall, { journal }: Spool): Promise<number> {
  for (const version of await journal.versions()) {
    const { model, ordinal, remoteVersion } = version;
    if (output.json) output.resultJson({ type: 'version', remote: journal.remote, ...version });
    else output.result(`${model} ${ordinal}  ${model} ${remoteVersion}  ${journal.remote}`);
  }
  return exitCodes.done;
}

async function again(call: CommandCall, { journal }: Spool): Promise<number> {
  const count = await journal.again();
  call.output.say(`${count} refused calls wait again for ${journal.remote}; mlspec spool send sends them`);
  return exitCodes.done;
}
