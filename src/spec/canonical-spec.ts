import { canonicalJson, type Digest, digestOf } from '../encoding/index.ts';
import type { ResolvedSpec } from './document.ts';

/** The one text of a resolved declaration (RFC 8785): the same for YAML, JSON, TypeScript and Python. */
export function canonicalSpec(spec: ResolvedSpec): string {
  return canonicalJson(spec);
}

/** The identity of a declaration: the SHA-256 of its canonical text. */
export function specDigest(spec: ResolvedSpec): Digest {
  return digestOf(canonicalSpec(spec));
}

/**
 * A declaration without what no result can depend on: descriptions, licence, use, limits, owners, the name of the profile, where records are
 * kept and where steps run. Two declarations that are equal here give the same results.
 */
export function executionRelevant(
  spec: ResolvedSpec,
): Omit<
  ResolvedSpec,
  'description' | 'license' | 'intended_use' | 'limitations' | 'owners' | 'profile' | 'store' | 'executor'
> {
  const {
    description: _description,
    license: _license,
    intended_use: _intendedUse,
    limitations: _limitations,
    owners: _owners,
    profile: _profile,
    store: _store,
    executor: _executor,
    ...rest
  } = spec;
  return {
    ...rest,
    params: mapMembers(spec.params, (param) => ({ ...param, description: '' })),
    objectives: {
      ...spec.objectives,
      require: mapMembers(spec.objectives.require, (requirement) => ({ ...requirement, description: '' })),
    },
    validation: { ...spec.validation, checks: spec.validation.checks.map((check) => ({ ...check, why: '' })) },
  };
}

function mapMembers<V>(members: Readonly<Record<string, V>>, change: (value: V) => V): Record<string, V> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, change(value)]));
}
