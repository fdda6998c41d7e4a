import { once } from 'node:events';
import { openTrackingPlatform, portNumber, programVersion, webhookSettings } from '../../app/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { startTrackingServer } from '../../server/mlflow/index.ts';
import { keepSending } from '../../server/webhooks/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

const defaultPort = 5000;

/** `mlspec server`: tracks experiments for MLflow clients until it is interrupted. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const port = portNumber(textOption(call, 'port'), '--port') ?? defaultPort;
  const host = textOption(call, 'host') ?? '127.0.0.1';
  if (!isLoopback(host) && !isOn(call, 'withoutSignIn')) throw unprotected(host);
  const webhookPolicy = webhookSettings(config);
  const platform = await openTrackingPlatform(config, { store: textOption(call, 'store') });
  const say = (error: unknown, where: string): void =>
    output.say(`error in ${where}: ${error instanceof Error ? error.message : String(error)}`);
  try {
    const server = await startTrackingServer({
      services: platform,
      host,
      port,
      programVersion,
      allowedHosts: names(textOption(call, 'allowedHosts')),
      allowedOrigins: names(textOption(call, 'corsAllowedOrigins')),
      ...(output.json ? { onAnswer: (answer) => output.resultJson({ type: 'request', ...answer }) } : {}),
      webhookPolicy,
      onError: say,
    });
    if (output.json) output.resultJson({ type: 'ready', url: server.url, store: platform.location });
    else output.result(`tracking at ${server.url}`);
    output.say(output.style('dim', `  the record is in ${platform.location}`));
    output.say(output.style('dim', `  export MLFLOW_TRACKING_URI=${server.url}; Ctrl-C ends it`));
    const sending = keepSending({
      ...{ webhooks: platform.webhooks, policy: webhookPolicy, signal, beforeLook: platform.refresh },
      onError: (error) => say(error, 'webhooks'),
    });
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
    await sending;
  } finally {
    await platform.close();
  }
  return exitCodes.done;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function unprotected(host: string): PlatformError {
  return new PlatformError('SERVER_UNPROTECTED', {
    message: `expected an address of this machine alone, found --host ${host}: whoever reached it could read and change everything, because nobody signs in`,
  });
}

function names(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
