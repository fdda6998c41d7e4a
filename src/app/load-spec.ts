import { relative } from 'node:path';
import { type Digest, digestOf } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type Finding, formatFindings, parseSpec, type ResolvedSpec, resolveSpec, verifySpec } from '../spec/index.ts';
import type { Config } from './config.ts';
import { parseParams, readInside, readSpecFile, type SpecChoice } from './spec-source.ts';

/** A declaration with everything that is wrong with it; `spec` is null where it could not be resolved. */
export interface LoadedSpec {
  readonly spec: ResolvedSpec | null;
  readonly findings: readonly Finding[];
  readonly file: string;
  readonly text: string;
  /** The parameters given on the command line, as read. */
  readonly params: Readonly<Record<string, string>>;
  /** Every further file that was asked for, as written, with the digest of its text; null where there is none. */
  readonly reads: ReadonlyMap<string, Digest | null>;
}

/**
 * Reads, resolves and verifies the project's declaration. Findings are returned, never thrown.
 * @throws PlatformError SPEC_NOT_FOUND where there is no file, CLI_USAGE for a `--param` without `=`
 */
export async function loadSpec(config: Config, choice: SpecChoice): Promise<LoadedSpec> {
  const text = await readSpecFile(config);
  const params = parseParams(choice.params);
  const reads = new Map<string, Digest | null>();
  const parsed = await parseSpec(text, {
    file: relative(process.cwd(), config.specFile) || config.specFile,
    readFile: async (path) => {
      const content = await readInside(config.projectRoot, path);
      reads.set(path, content === null ? null : digestOf(content));
      return content;
    },
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
  return { spec: resolved.spec, findings, file: config.specFile, text, params, reads };
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
