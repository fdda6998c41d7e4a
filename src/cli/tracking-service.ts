/* What a process of `mlspec server` serves, and what it does besides. */
import { setTimeout } from 'node:timers/promises';
import {
  findUi,
  openTrackingPlatform,
  programVersion,
  serverRetention,
  type TrackingPlatform,
  webhookSettings,
} from '../app/index.ts';
import { apiVersion, readUiFiles, type TrackingServerOptions, type UiFiles } from '../server/mlflow/index.ts';
import { type AttemptCounts, createAttemptCounts, keepSending, type WebhookPolicy } from '../server/webhooks/index.ts';
import { type CommandCall, textOption } from './command.ts';
import { openServerLog } from './server-log.ts';
import { requireSignIn, signIn } from './sign-in.ts';

/** The stores of a server, opened, and everything that it is told. */
export interface TrackingService {
  readonly options: Omit<TrackingServerOptions, 'host' | 'port'>;
  /** Where the tables are, for messages; without a password. */
  readonly store: string;
  /**
   * Does what one process of a server does for all: sends webhooks, tidies the index of the search, removes what was deleted
   * long ago. Resolves when the signal was raised and nothing of it is under way.
   */
  keepChores(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const dayMs = 24 * 3600 * 1000;
/** Between two looks at what the search has not carried into its index; a run that is logged to all the time is looked at no more often. */
const tidyMs = 3000;

/**
 * Opens what `mlspec server` was told to serve.
 * @param host where it will be reached
 * @throws PlatformError SERVER_UNPROTECTED, CONFIG_BAD_VALUE, and the errors of the stores
 */
export async function openTrackingService(call: CommandCall, host: string): Promise<TrackingService> {
  const { config, output } = call;
  requireSignIn(call, host);
  const webhookPolicy = webhookSettings(config);
  const retentionMs = serverRetention(config);
  const ui = await uiFiles(call);
  const attempts = createAttemptCounts();
  const platform = await openTrackingPlatform(config, {
    store: textOption(call, 'store'),
    artifacts: textOption(call, 'artifacts'),
  });
  const log = await openServerLog(call);
  const say = log?.failed ?? (() => undefined);
  const close = async (): Promise<void> => {
    log?.close();
    await platform.close();
  };
  try {
    const options = {
      services: platform,
      ...(await signIn(call, platform)),
      programVersion,
      allowedHosts: names(textOption(call, 'allowedHosts')),
      allowedOrigins: names(textOption(call, 'corsAllowedOrigins')),
      onAnswer: (answer) => {
        // Told on standard output they are logged where that was asked for.
        if (output.json) output.resultJson({ type: 'request', ...answer });
        if (!output.json || call.options['log'] !== undefined) log?.answered(answer);
      },
      ...(ui === null ? {} : { ui }),
      ...{ webhookPolicy, webhookAttempts: attempts },
      onError: say,
    } satisfies TrackingService['options'];
    const chores = { platform, webhookPolicy, attempts, retentionMs, say };
    return { options, store: platform.location, keepChores: (signal) => keepChores(chores, signal), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Chores {
  readonly platform: TrackingPlatform;
  readonly webhookPolicy: WebhookPolicy;
  readonly attempts: AttemptCounts;
  readonly retentionMs: number | null;
  readonly say: (error: unknown, where: string) => void;
}

async function keepChores(
  { platform, webhookPolicy, attempts, retentionMs, say }: Chores,
  signal: AbortSignal,
): Promise<void> {
  const sending = keepSending({
    ...{ webhooks: platform.webhooks, policy: webhookPolicy, signal, beforeLook: platform.refresh },
    ...{ onAttempt: attempts.note, onError: (error) => say(error, 'webhooks') },
  });
  const tidying = keepDoing(() => tidyAll(platform.textSearch, signal), {
    ...{ everyMs: tidyMs, signal, onError: (error) => say(error, 'search') },
  });
  const removing =
    retentionMs === null
      ? null
      : keepDoing(() => platform.removeDeleted(retentionMs, signal), {
          ...{ everyMs: dayMs, signal, onError: (error) => say(error, 'retention') },
        });
  await Promise.all([sending, tidying, removing]);
}

/** Carries all that changed into the index of texts. */
async function tidyAll({ tidy }: TrackingPlatform['textSearch'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await tidy(signal)));
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
