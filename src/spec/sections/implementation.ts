import { z } from 'zod';
import type { JsonValue } from '../../encoding/index.ts';
import { bytes, duration, json, names, projectPath } from './quantities.ts';

/** The keys of which exactly one says how a step is carried out. */
export const implementationKinds = ['python', 'typescript', 'command', 'container', 'sql'] as const;

/** A Python function of the project. */
export const pythonFunction = z
  .string()
  .regex(/^[^\s:]+:[A-Za-z_]\w*$/, 'expected module:function or file.py:function')
  .describe('module:function or file.py:function.');

/** A TypeScript function of the project. */
export const typescriptFunction = z
  .string()
  .regex(/^[^\s#]+#[A-Za-z_$][\w$]*$/, 'expected file.ts#function')
  .describe('file.ts#function.');

/** The fields of a step's implementation, to be spread into a section. */
export const implementationFields = {
  python: pythonFunction.optional().describe('module:function or file.py:function.'),
  typescript: typescriptFunction.optional().describe('file.ts#function.'),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('A program and its arguments; {inputs.x}, {outputs.y} and {params.z} are replaced.'),
  container: z
    .union([
      z.string(),
      z.strictObject({
        image: z.string().describe('The image with its tag or digest.'),
        command: z.array(z.string()).default([]).describe('Program and arguments; default those of the image.'),
      }),
    ])
    .optional()
    .describe('An image, run with Docker or Podman.'),
  sql: z.string().optional().describe('A SELECT over the input tables by port name, or a .sql file.'),
};

/** How a step is carried out; null where nothing is said. */
export type Implementation =
  | { readonly kind: 'python'; readonly module: string; readonly function: string }
  | { readonly kind: 'typescript'; readonly file: string; readonly export: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | { readonly kind: 'container'; readonly image: string; readonly argv: readonly string[] }
  | { readonly kind: 'sql'; readonly sql: string };

/** What was written of an implementation. */
export interface WrittenImplementation {
  readonly python?: string | undefined;
  readonly typescript?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly container?: string | { readonly image: string; readonly command: readonly string[] } | undefined;
  readonly sql?: string | undefined;
}

/** The one long form of an implementation; null where none or more than one is written. */
export function toImplementation(written: WrittenImplementation): Implementation | null {
  const kinds = implementationKinds.filter((kind) => written[kind] !== undefined);
  if (kinds.length !== 1) return null;
  if (written.python !== undefined) return { kind: 'python', ...splitAt(written.python, ':', 'module', 'function') };
  if (written.typescript !== undefined)
    return { kind: 'typescript', ...splitAt(written.typescript, '#', 'file', 'export') };
  if (written.command !== undefined) return { kind: 'command', argv: written.command };
  if (written.sql !== undefined) return { kind: 'sql', sql: written.sql };
  const container = written.container!;
  return typeof container === 'string'
    ? { kind: 'container', image: container, argv: [] }
    : { kind: 'container', image: container.image, argv: container.command };
}

function splitAt<A extends string, B extends string>(
  text: string,
  mark: string,
  first: A,
  second: B,
): Record<A | B, string> {
  const at = text.lastIndexOf(mark);
  return { [first]: text.slice(0, at), [second]: text.slice(at + 1) } as Record<A | B, string>;
}

/** Whether a step of some kind can run in a Python environment: an image brings its own, SQL runs in this program. */
export function takesEnvironment(kind: Implementation['kind']): boolean {
  return kind !== 'container' && kind !== 'sql';
}

/** A Python environment, in its long form. */
export interface EnvironmentSettings {
  /** `requirements.txt`, `pyproject.toml` or a lock file, relative to the project. */
  readonly file: string | null;
  /** Requirements written in the declaration itself. */
  readonly requirements: readonly string[];
  readonly installer: 'auto' | 'uv' | 'pip';
  /** The interpreter that it is made from. */
  readonly python: string | null;
}

/** Which Python environment a step runs in. */
export const environment = z
  .union([
    projectPath.transform((file): EnvironmentSettings => ({ file, requirements: [], installer: 'auto', python: null })),
    z
      .strictObject({
        file: projectPath.optional().describe('requirements.txt, pyproject.toml or a lock file.'),
        requirements: z.array(z.string()).default([]).describe('Requirements written here, for example pandas>=2.'),
        installer: z.enum(['auto', 'uv', 'pip']).default('auto').describe('auto: uv where present, else pip.'),
        python: z.string().optional().describe('The interpreter to make it from.'),
      })
      .transform(
        (written): EnvironmentSettings => ({ ...written, file: written.file ?? null, python: written.python ?? null }),
      ),
  ])
  .describe('requirements.txt, pyproject.toml or a lock file; or {file, requirements, installer, python}.');

/** The fields of how a step is run, to be spread into a section. */
export const runFields = {
  environment: environment
    .nullish()
    .describe('requirements.txt, pyproject.toml or a lock file; or {file, requirements, installer, python}.'),
  params: z.record(z.string(), json).default({}).describe('Parameters, given to the step by name.'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(0)
    .describe('Seeds every source of randomness that the product reaches.'),
  limits: z
    .strictObject({
      memory: bytes.optional().describe('Memory, for example 2 GiB.'),
      cpu: duration.optional().describe('Processor time, for example 1 h.'),
      stall: duration
        .refine((limitMs) => limitMs >= 1000, { error: 'expected limits.stall to be 1 s or more' })
        .optional()
        .describe('Time without a sign of life; default 5 min, for commands and containers none.'),
    })
    .default({})
    .describe('More memory, processor time or silence than this ends the step.'),
  timeout: duration.optional().describe('Longer than this ends the step.'),
  retries: z
    .union([
      z
        .number()
        .int()
        .min(0)
        .max(100)
        .transform((limit) => ({ limit, backoffMs: 1000, factor: 2 })),
      z
        .strictObject({
          limit: z.number().int().min(0).max(100).describe('How often at most.'),
          backoff: duration.prefault('1 s').describe('The wait before the first new try.'),
          factor: z.number().min(1).default(2).describe('Each further wait is longer by this factor.'),
        })
        .transform((written) => ({ limit: written.limit, backoffMs: written.backoff, factor: written.factor })),
    ])
    .prefault(0)
    .describe('How often a retryable failure is tried again.'),
  secrets: names.default([]).describe('Declared secrets that the step gets.'),
  files: z
    .array(projectPath)
    .default([])
    .describe('Files or globs that the step reads beside its inputs; part of what decides whether it runs again.'),
  cache: z.boolean().default(true).describe('Whether a recorded result may be reused.'),
  deterministic: z.boolean().default(true).describe('Whether equal inputs give equal bytes.'),
};

/** How a step is run, in the long form of `runFields`. */
export interface RunSettings {
  readonly environment: EnvironmentSettings | null;
  readonly params: Readonly<Record<string, JsonValue>>;
  readonly seed: number;
  readonly limits: { readonly memoryBytes?: number; readonly cpuSeconds?: number; readonly stallMs?: number };
  readonly timeoutMs: number | null;
  readonly retries: { readonly limit: number; readonly backoffMs: number; readonly factor: number };
  readonly secrets: readonly string[];
  readonly files: readonly string[];
  readonly cache: boolean;
  readonly deterministic: boolean;
}

/** How a step is run, in the long form. */
export function toRunSettings(written: z.output<z.ZodObject<typeof runFields>>): RunSettings {
  const { memory, cpu, stall } = written.limits;
  return {
    environment: written.environment ?? null,
    params: written.params,
    seed: written.seed,
    limits: {
      ...(memory === undefined ? {} : { memoryBytes: memory }),
      ...(cpu === undefined ? {} : { cpuSeconds: cpu / 1000 }),
      ...(stall === undefined ? {} : { stallMs: stall }),
    },
    timeoutMs: written.timeout ?? null,
    retries: written.retries,
    secrets: written.secrets,
    files: written.files,
    cache: written.cache,
    deterministic: written.deterministic,
  };
}

/** A source of an input: `step.port`, several of them, or a part of the split by its name. */
export const portReference = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe('step.port, or a list of them.');
