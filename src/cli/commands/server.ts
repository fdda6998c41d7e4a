import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import {
  findUi,
  openTrackingPlatform,
  portNumber,
  programVersion,
  serverRetention,
  webhookSettings,
} from '../../app/index.ts';
import {
  apiVersion,
  createRequestLog,
  type LogForm,
  type RequestLog,
  readUiFiles,
  startTrackingServer,
  type UiFiles,
} from '../../server/mlflow/index.ts';
import { keepSending } from '../../server/webhooks/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { requireSignIn, signIn } from '../sign-in.ts';

const defaultPort = 5000;
const dayMs = 24 * 3600 * 1000;
/** Between two looks at what the search has not carried into its index. */
const tidyMs = 10_000;

/** `mlspec server`: tracks experiments for MLflow clients until it is interrupted. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const port = portNumber(textOption(call, 'port'), '--port') ?? defaultPort;
  const host = textOption(call, 'host') ?? '127.0.0.1';
  requireSignIn(call, host);
  const webhookPolicy = webhookSettings(config);
  const retentionMs = serverRetention(config);
  const ui = await uiFiles(call);
  const platform = await openTrackingPlatform(config, {
    store: textOption(call, 'store'),
    artifacts: textOption(call, 'artifacts'),
  });
  const log = await openLog(call);
  const say = log?.failed ?? (() => undefined);
  try {
    const server = await startTrackingServer({
      services: platform,
      ...(await signIn(call, platform)),
      host,
      port,
      programVersion,
      allowedHosts: names(textOption(call, 'allowedHosts')),
      allowedOrigins: names(textOption(call, 'corsAllowedOrigins')),
      onAnswer: (answer) => {
        // Told on standard output they are logged where that was asked for.
        if (output.json) output.resultJson({ type: 'request', ...answer });
        if (!output.json || call.options['log'] !== undefined) log?.answered(answer);
      },
      ...(ui === null ? {} : { ui }),
      webhookPolicy,
      onError: say,
    });
    if (output.json) output.resultJson({ type: 'ready', url: server.url, store: platform.location });
    else output.result(`tracking at ${server.url}`);
    if (output.live) {
      output.say(output.style('dim', `  the record is in ${platform.location}`));
      output.say(output.style('dim', `  export MLFLOW_TRACKING_URI=${server.url}; Ctrl-C ends it`));
    }
    const sending = keepSending({
      ...{ webhooks: platform.webhooks, policy: webhookPolicy, signal, beforeLook: platform.refresh },
      onError: (error) => say(error, 'webhooks'),
    });
    const tidying = keepDoing(() => platform.textSearch.tidy(), {
      ...{ everyMs: tidyMs, signal, onError: (error) => say(error, 'search') },
    });
    const removing =
      retentionMs === null
        ? null
        : keepDoing(() => platform.removeDeleted(retentionMs, signal), {
            ...{ everyMs: dayMs, signal, onError: (error) => say(error, 'retention') },
          });
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
    await Promise.all([sending, tidying, removing]);
  } finally {
    log?.close();
    await platform.close();
  }
  return exitCodes.done;
}

interface KeepOptions {
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/** Does something now and again and again, until the server ends. What fails is told, and tried again the next time. */
async function keepDoing(work: () => Promise<unknown>, { everyMs, signal, onError }: KeepOptions): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => {
      if (!signal.aborted) onError(error);
    });
    await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Lines for people on a terminal, JSON elsewhere. */
async function openLog(call: CommandCall): Promise<RequestLog | null> {
  const form = textOption(call, 'log') ?? (call.output.live ? 'text' : 'json');
  return form === 'off' ? null : await createRequestLog(form as LogForm);
}

/** The files that `--ui` names; null where nothing is named. */
async function uiFiles(call: CommandCall): Promise<UiFiles | null> {
  const name = textOption(call, 'ui');
  if (name === undefined) return null;
  const { folder, mlflowVersion } = await findUi(name, call.config, call.signal);
  if (mlflowVersion !== null && mlflowVersion !== apiVersion)
    call.output.say(
      `the web interface is that of MLflow ${mlflowVersion}; this server answers as ${apiVersion}: parts of it may not work`,
    );
  return await readUiFiles(folder);
}

function names(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
