import { once } from 'node:events';
import { resolve } from 'node:path';
import { httpAddress } from '../../app/config.ts';
import {
  bringLogUpToDate,
  cosignLog,
  logFolder,
  lookAtLog,
  openWitness,
  portNumber,
  verifyLog,
} from '../../app/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { serveWitness } from '../../server/witness/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

const defaultWitnessPort = 8787;
const defaultIntervalSeconds = 60;

const actions: Readonly<Record<string, (call: CommandCall) => Promise<number>>> = {
  verify,
  publish,
  monitor,
  cosign,
  witness,
};

/** `mlspec log verify|publish|monitor|cosign|witness`. */
export async function run(call: CommandCall): Promise<number> {
  const [action = ''] = call.arguments;
  const carryOut = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (carryOut !== undefined) return await carryOut(call);
  throw new PlatformError('CLI_USAGE', {
    message: `expected log ${Object.keys(actions).join(', log ')}, found log ${action}`,
  });
}

/** Whether the log holds what the record holds, signed by whom this user trusts. */
async function verify(call: CommandCall): Promise<number> {
  const verdict = await verifyLog(call.config, { isRepair: isOn(call, 'repair') });
  const { origin, size, checkpointSize, problems } = verdict;
  const isGood = problems.length === 0;
  if (call.output.json) call.output.resultJson({ type: 'result', isGood, ...verdict });
  else {
    for (const { rule, place, message } of problems) {
      call.output.result(`${rule.padEnd(11)} ${place === null ? '' : `entry ${place}: `}${message}`);
    }
    call.output.result(
      isGood
        ? `good: ${origin}, ${size} entries, ${checkpointSize} of them under the signed checkpoint`
        : `not good: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in ${origin}, ${size} entries`,
    );
  }
  return isGood ? exitCodes.done : exitCodes.verificationFailed;
}

/** Brings the files of the log up to what the record holds: after others wrote into it who do not have its key. */
async function publish({ config, output }: CommandCall): Promise<number> {
  const log = await bringLogUpToDate(config);
  if (output.json) output.resultJson({ type: 'result', ...log });
  else output.result(`${log.origin}, ${log.size} entries, all under the signed checkpoint`);
  return exitCodes.done;
}

/** Looks at a log again and again, or once, and says what must not be. */
async function monitor(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const folder = call.arguments[1] === undefined ? logFolder(config) : resolve(call.arguments[1]);
  const seconds = Number(textOption(call, 'interval') ?? defaultIntervalSeconds);
  if (!Number.isFinite(seconds) || seconds <= 0)
    throw new PlatformError('CLI_USAGE', { message: 'expected --interval to be a number of seconds above 0' });
  let isGood = true;
  for (;;) {
    const look = await lookAtLog(config, folder);
    isGood &&= look.alerts.length === 0;
    if (output.json) output.resultJson({ type: 'look', isGood: look.alerts.length === 0, ...look });
    else {
      for (const { what, place, message } of look.alerts)
        output.result(`ALERT ${what.padEnd(10)} ${place === null ? '' : `entry ${place}: `}${message}`);
      if (look.alerts.length === 0) {
        const fresh = look.seenBefore === null ? 'looked at first' : `${look.size! - look.seenBefore} new`;
        output.result(`good: ${look.origin}, ${look.size} entries, ${fresh}`);
      }
    }
    if (isOn(call, 'once') || signal.aborted) return isGood ? exitCodes.done : exitCodes.verificationFailed;
    await pause(seconds * 1000, signal);
    if (signal.aborted) return isGood ? exitCodes.done : exitCodes.verificationFailed;
  }
}

/** Asks witnesses to sign the checkpoint. */
async function cosign(call: CommandCall): Promise<number> {
  const { config, output } = call;
  const given = call.arguments.slice(1);
  const witnesses = given.length > 0 ? given : config.witnesses;
  if (witnesses.length === 0)
    throw new PlatformError('CLI_USAGE', {
      message: 'expected the address of a witness, found none',
      hint: 'mlspec log cosign http://HOST:PORT, or set MLSPEC_WITNESSES',
    });
  for (const address of given) httpAddress(address, 'the address of a witness');
  const asked = await cosignLog(logFolder(config), witnesses);
  const isGood = asked.every(({ refused }) => refused === null);
  if (output.json) output.resultJson({ type: 'result', isGood, witnesses: asked });
  else
    for (const { witness: address, refused } of asked)
      output.result(refused === null ? `signed by ${address}` : `not signed by ${address}: ${refused}`);
  return isGood ? exitCodes.done : exitCodes.verificationFailed;
}

/** Is a witness of others' logs, until it is interrupted. */
async function witness(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const port = portNumber(textOption(call, 'port'), '--port') ?? defaultWitnessPort;
  const folder = resolve(call.arguments[1] ?? 'witness');
  const desk = await openWitness(config, folder);
  try {
    const server = await serveWitness(desk, { host: textOption(call, 'host') ?? '127.0.0.1', port });
    if (output.json) output.resultJson({ type: 'ready', url: server.address, name: desk.name });
    else output.result(`witness ${desk.name} at ${server.address}`);
    output.say(
      output.style('dim', `  remembers in ${folder}; trusts the keys of logs in ${config.keysDir}; Ctrl-C ends it`),
    );
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
  } finally {
    await desk.close();
  }
  return exitCodes.done;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });
}
