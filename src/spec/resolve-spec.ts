/**
 * From the document as written to the one long form: profile, then parameters and imports put in place of their
 * references, then types and defaults. Findings keep the position of what was written.
 */
import type { z } from 'zod';
import type { JsonValue } from '../encoding/index.ts';
import { type ResolvedSpec, specSchema } from './document.ts';
import type { Finding } from './finding.ts';
import { describeAt, keysAt } from './json-schema.ts';
import { locate, type Provenance } from './locator.ts';
import { type ResolvedParam, readParams } from './params.ts';
import type { ParsedSpec, ReadSpec } from './parsed-spec.ts';
import { applyProfile, profileNames } from './profile.ts';
import { References } from './references.ts';
import { toFindings } from './schema-findings.ts';
import { maximumFindings } from './yaml-text.ts';

/** Choices made outside the document. */
export interface ResolveOptions {
  /** Parameter texts or values by name. */
  readonly params?: Readonly<Record<string, string | JsonValue>>;
  readonly profile?: string;
}

/** A resolved declaration, null where findings of severity error stand in the way. */
export interface Resolved {
  readonly spec: ResolvedSpec | null;
  readonly findings: readonly Finding[];
}

const maximumProfiles = 50;
const provenances = new WeakMap<ResolvedSpec, Provenance>();

/**
 * Resolves a parsed declaration with its parameters and profile. Pure; never throws. The findings are those that come
 * with these choices: what was found while parsing is not repeated.
 */
export function resolveSpec(parsed: ParsedSpec, options: ResolveOptions = {}): Resolved {
  if (parsed.document === null) return { spec: null, findings: [] };
  const attempt = tryResolve(parsed, {
    params: options.params ?? {},
    profile: options.profile ?? null,
    complete: true,
  });
  const told = new Set(parsed.findings.map(identityOf));
  const findings = attempt.findings.filter((finding) => !told.has(identityOf(finding)));
  return { spec: attempt.spec, findings };
}

/** What is wrong with a document whatever is chosen: with its defaults, and with each of its profiles. */
export function checkSpec(read: ReadSpec): Finding[] {
  if (read.document === null) return [];
  const findings = new Map<string, Finding>();
  for (const profile of [null, ...profileNames(read.document).slice(0, maximumProfiles)]) {
    const attempt = tryResolve(read, { params: {}, profile, complete: false });
    for (const finding of attempt.findings) {
      if (!findings.has(identityOf(finding))) findings.set(identityOf(finding), finding);
    }
    if (findings.size >= maximumFindings) break;
  }
  return [...findings.values()];
}

/** Puts file, position and code frame to findings about a resolved declaration, as far as its text is known. */
export function locateFindings(spec: ResolvedSpec, findings: readonly Finding[]): Finding[] {
  const provenance = provenances.get(spec);
  return findings.map((finding) => (provenance === undefined ? finding : locate(finding, provenance)));
}

/** Where the values of a resolved declaration were written; undefined where it was not made from a text. */
export function provenanceOf(spec: ResolvedSpec): Provenance | undefined {
  return provenances.get(spec);
}

const specFacts = {
  keysAt: (path: Finding['path']) => keysAt(path),
  describeAt: (path: Finding['path']) => describeAt(path),
};

interface Choices {
  readonly params: Readonly<Record<string, string | JsonValue>>;
  readonly profile: string | null;
  /** Whether every parameter must have its value by now. */
  readonly complete: boolean;
}

function tryResolve(read: ReadSpec, choices: Choices): Resolved {
  const findings: Finding[] = [];
  const profiled = applyProfile(read.document!, choices.profile, findings);
  const { params, open } = readParams(profiled, { given: choices.params, complete: choices.complete, findings });
  const references = new References({ params, open, imports: read.imports });
  const document = references.replace(profiled);
  findings.push(...references.findings);
  const provenance: Provenance = { source: read, profile: choices.profile, mounts: references.mounts };
  const placed = () => findings.slice(0, maximumFindings).map((finding) => locate(finding, provenance));
  if (references.overflowed) return { spec: null, findings: placed() };
  // One document is checked: making code for that takes longer than doing without.
  const checked = specSchema.safeParse(document, { jitless: true });
  if (!checked.success) {
    const issues = toFindings(checked.error.issues, document, specFacts);
    findings.push(...issues.filter((finding) => !references.unknownPaths.some((path) => isWithin(finding.path, path))));
  }
  const located = placed();
  if (!checked.success || located.some((finding) => finding.severity === 'error'))
    return { spec: null, findings: located };
  const spec = complete(checked.data, { params, read, profile: choices.profile });
  provenances.set(spec, provenance);
  return { spec, findings: located };
}

function isWithin(path: Finding['path'], above: Finding['path']): boolean {
  return above.length <= path.length && above.every((name, index) => name === path[index]);
}

/** Two findings are the same where they say the same of the same place in the text. */
function identityOf(finding: Finding): string {
  const place = finding.position === undefined ? finding.path.join('/') : `${finding.file}:${finding.position.offset}`;
  return `${finding.rule} ${place} ${finding.message}`;
}

interface Facts {
  readonly params: Readonly<Record<string, ResolvedParam>>;
  readonly read: ReadSpec;
  readonly profile: string | null;
}

function complete(data: z.output<typeof specSchema>, facts: Facts): ResolvedSpec {
  const { profiles: _profiles, ...rest } = data;
  const spec = {
    ...rest,
    training: data.training ?? null,
    profile: facts.profile,
    params: Object.fromEntries(
      Object.entries(data.params).map(([name, declared]) => [
        name,
        { ...declared, value: facts.params[name]?.value ?? null },
      ]),
    ),
    imports: Object.fromEntries(
      Object.entries(facts.read.imports).map(([name, part]) => [name, { path: part.path, digest: part.digest }]),
    ),
  };
  const { order, parts } = data.splitting;
  const sorted = inKeyOrder(spec) as ResolvedSpec;
  const ordered = Object.fromEntries(order.map((part) => [part, parts[part]!]));
  return { ...sorted, splitting: { ...sorted.splitting, parts: ordered } };
}

/** Members of every mapping in code-unit order of their keys, so that nothing can depend on their order in the file. */
function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, inKeyOrder(member)]),
  );
}
