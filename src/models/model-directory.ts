import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { PlatformError } from '../errors/index.ts';

const maximumBytes = 4 * 1024 * 1024;

const insidePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split(/[/\\]/).includes('..'), 'a path inside the directory');

const ownFlavor = z.object({
  format: z.literal(1),
  library: z.enum(['onnx', 'typescript']),
  data: insidePath,
  file: insidePath.optional(),
  export: z.string().default('predict'),
  features: z.array(z.string()).nullable().default(null),
  classes: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .nullable()
    .default(null),
});

/** A model that Node answers: `flavors.mlspec` of its MLmodel file. Paths are relative to the directory. */
export type NodeFlavor = z.infer<typeof ownFlavor>;

/** What an MLmodel file says, as far as running the model needs it. */
export interface ModelDirectory {
  /** Present for models that run in a Node process. */
  readonly node: NodeFlavor | null;
  readonly flavors: readonly string[];
  /** The whole document. */
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * Reads the MLmodel file of a directory.
 * @throws PlatformError MODEL_NOT_A_MODEL
 */
export async function readModelDirectory(folder: string): Promise<ModelDirectory> {
  const document = await readDocument(folder);
  const flavors = document['flavors'];
  if (typeof flavors !== 'object' || flavors === null || Object.keys(flavors).length === 0)
    throw notAModel('its MLmodel file names no flavor');
  const own = (flavors as Record<string, unknown>)['mlspec'];
  if (own === undefined) return { node: null, flavors: Object.keys(flavors), document };
  const parsed = ownFlavor.safeParse(own);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw notAModel(
      `flavors.mlspec of its MLmodel file is wrong at ${issue.path.join('.') || 'its root'}: ${issue.message}`,
    );
  }
  return { node: parsed.data, flavors: Object.keys(flavors), document };
}

async function readDocument(folder: string): Promise<Record<string, unknown>> {
  const text = await readFile(join(folder, 'MLmodel'), 'utf8').catch((cause: unknown) => {
    throw notAModel('it has no MLmodel file', cause);
  });
  if (text.length > maximumBytes) throw notAModel('its MLmodel file is larger than 4 MiB');
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw notAModel('its MLmodel file is no YAML', cause);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw notAModel('its MLmodel file is no map');
  return document as Record<string, unknown>;
}

function notAModel(what: string, cause?: unknown): PlatformError {
  return new PlatformError('MODEL_NOT_A_MODEL', {
    message: `expected a model directory: ${what}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
