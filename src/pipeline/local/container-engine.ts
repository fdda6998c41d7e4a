import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Digest, isDigest } from '../../encoding/index.ts';
import { PlatformError, toPlatformError } from '../../errors/index.ts';
import type { ImageQuestion } from '../invocation.ts';

const engines = ['docker', 'podman'] as const;
const askTimeoutMs = 10_000;
const maximumAnswerBytes = 16 * 1024 * 1024;
const run = promisify(execFile);

type ContainerEngine = (typeof engines)[number];

/** Asks a container engine something; its answer on standard output. Rejects where it fails or takes too long. */
export async function askEngine(
  engine: ContainerEngine,
  args: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly timeoutMs?: number | null;
    readonly signal?: AbortSignal;
  },
): Promise<string> {
  const { env, timeoutMs = askTimeoutMs, signal } = options;
  const { stdout } = await run(engine, [...args], {
    env: { ...env },
    timeout: timeoutMs ?? 0,
    maxBuffer: maximumAnswerBytes,
    ...(signal === undefined ? {} : { signal }),
  });
  return stdout;
}

/**
 * The container engine that runs here: Docker or, where that does not run, Podman.
 * @throws PlatformError CONTAINER_NO_ENGINE
 */
export async function findEngine(env: Readonly<Record<string, string>>): Promise<ContainerEngine> {
  const reasons: string[] = [];
  for (const engine of engines) {
    try {
      const format = engine === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
      await askEngine(engine, ['version', '--format', format], { env });
      return engine;
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      reasons.push(`${engine}: ${code === 'ENOENT' ? 'not installed' : said(error, 'does not answer')}`);
    }
  }
  throw new PlatformError('CONTAINER_NO_ENGINE', {
    message: `expected Docker or Podman to run, found none (${reasons.join('; ')})`,
  });
}

/** The name of the container of an execution. */
export function containerName(executionId: string): string {
  return `mlspec-${executionId}`;
}

/** Ends and removes the container of an execution, where there is one and its engine answers. */
export async function removeContainer(
  executionId: string,
  env: Readonly<Record<string, string>>,
  known?: ContainerEngine,
): Promise<void> {
  try {
    await askEngine(known ?? (await findEngine(env)), ['rm', '--force', containerName(executionId)], { env });
  } catch {
    // There is none, or nobody who could end it.
  }
}

/**
 * The digest of an image as the engine here names it: of its configuration, which names its layers, or of its manifest
 * where the engine keeps images so. A tag of other content has another digest.
 * @throws PlatformError CONTAINER_NO_ENGINE, CONTAINER_IMAGE_UNKNOWN
 */
export async function identifyImage(
  image: string,
  env: Readonly<Record<string, string>>,
  question: ImageQuestion,
): Promise<Digest> {
  // What begins with a dash would be an option of the engine.
  if (!/^[A-Za-z0-9]/.test(image)) throw unknownImage(image, 'that is no name of an image');
  const engine = await findEngine(env);
  const ask = async (): Promise<Digest> => {
    const answer = (await askEngine(engine, ['image', 'inspect', '--format', '{{.Id}}', image], { env })).trim();
    const digest = answer.startsWith('sha256:') ? answer : `sha256:${answer}`;
    if (isDigest(digest)) return digest;
    throw new Error(`${engine} names it ${JSON.stringify(answer.slice(0, 100))}, which is no digest`);
  };
  try {
    return await ask();
  } catch (error) {
    if (question.missing === 'refuse') throw unknownImage(image, said(error, `${engine} does not know it`));
  }
  question.onNotice(`fetching the image ${image} with ${engine}`);
  try {
    await askEngine(engine, ['pull', image], { env, timeoutMs: null, signal: question.signal });
    return await ask();
  } catch (error) {
    if (question.signal.aborted) throw toPlatformError(question.signal.reason);
    throw unknownImage(image, said(error, `${engine} could not fetch it`));
  }
}

function unknownImage(image: string, reason: string): PlatformError {
  return new PlatformError('CONTAINER_IMAGE_UNKNOWN', {
    message: `expected a container image ${JSON.stringify(image)}, found none: ${reason}`,
    details: { image },
  });
}

/** What a program said last, on standard error, before it failed. */
function said(error: unknown, otherwise: string): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message?: string };
  if (stderr === undefined) return message ?? otherwise;
  return stderr.trim().split('\n').at(-1)!.trim() || otherwise;
}
