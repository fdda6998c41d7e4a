import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { PlatformError } from '../errors/index.ts';
import { type Finding, formatFindings, parseSpec, type ResolvedSpec, resolveSpec, verifySpec } from '../spec/index.ts';
import type { Config } from './config.ts';

/** What a declaration is read with. */
export interface SpecChoice {
  /** `name=value` texts of `--param`. */
  readonly params: readonly string[];
  readonly profile?: string;
}

/** A declaration with everything that is wrong with it; `spec` is null where it could not be resolved. */
export interface LoadedSpec {
  readonly spec: ResolvedSpec | null;
  readonly findings: readonly Finding[];
  readonly file: string;
  readonly text: string;
  /** The parameters given on the command line, as read. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Reads, resolves and verifies the project's declaration. Findings are returned, never thrown.
 * @throws PlatformError SPEC_NOT_FOUND where there is no file, CLI_USAGE for a `--param` without `=`
 */
export async function loadSpec(config: Config, choice: SpecChoice): Promise<LoadedSpec> {
  const text = await readSpecFile(config);
  const params = parseParams(choice.params);
  const parsed = await parseSpec(text, {
    file: relative(process.cwd(), config.specFile) || config.specFile,
    readFile: readInside(config.projectRoot),
  });
  const resolved = resolveSpec(parsed, {
    params,
    ...(choice.profile === undefined ? {} : { profile: choice.profile }),
  });
  const findings = [
    ...parsed.findings,
    ...resolved.findings,
    ...(resolved.spec === null ? [] : verifySpec(resolved.spec)),
  ];
  return { spec: resolved.spec, findings, file: config.specFile, text, params };
}

/**
 * A declaration without findings of severity error.
 * @throws PlatformError SPEC_INVALID with all findings in the message
 */
export function requireValid(loaded: LoadedSpec): ResolvedSpec {
  const errors = loaded.findings.filter((finding) => finding.severity === 'error');
  if (loaded.spec !== null && errors.length === 0) return loaded.spec;
  throw new PlatformError('SPEC_INVALID', {
    message: `the declaration has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}:\n${formatFindings(errors, { color: false })}`,
    details: { findings: errors },
  });
}

async function readSpecFile(config: Config): Promise<string> {
  try {
    return await readFile(config.specFile, 'utf8');
  } catch (cause) {
    throw new PlatformError('SPEC_NOT_FOUND', {
      message: `expected a declaration at ${config.specFile}, found none that can be read`,
      cause,
    });
  }
}

function parseParams(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at <= 0)
        throw new PlatformError('CLI_USAGE', { message: `expected --param name=value, found ${JSON.stringify(text)}` });
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** Reads files of the project for imports; a path that leads out of it, also through a link, reads as absent. */
function readInside(root: string): (path: string) => Promise<string | null> {
  return async (path) => {
    const wanted = resolve(root, path);
    try {
      const real = await realpath(wanted);
      const inside = relative(await realpath(root), real);
      if (inside.startsWith('..') || isAbsolute(inside)) return null;
      return await readFile(real, 'utf8');
    } catch {
      return null;
    }
  };
}
