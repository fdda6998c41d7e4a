import { nearestName } from '../encoding/index.ts';
import type { Finding } from './finding.ts';

type Document = Readonly<Record<string, unknown>>;

/** The names of the profiles of a document, as far as they can be read. */
export function profileNames(document: Document): string[] {
  return isMapping(document['profiles']) ? Object.keys(document['profiles']) : [];
}

/**
 * The document with a profile merged over it: mappings key by key, everything else replaces, null takes a key away. An
 * unknown profile is a finding and changes nothing.
 */
export function applyProfile(document: Document, profile: string | null, findings: Finding[]): Document {
  if (profile === null) return document;
  const known = profileNames(document);
  if (!known.includes(profile)) {
    const nearest = nearestName(profile, known);
    findings.push({
      rule: 'spec/unknown-profile',
      severity: 'error',
      path: ['profiles'],
      message: `there is no profile ${profile}`,
      found: profile,
      ...(known.length === 0 ? {} : { expected: known.join(', ') }),
      suggestion: nearest === null ? 'declare it under profiles' : `did you mean ${nearest}?`,
    });
    return document;
  }
  const changes = (document['profiles'] as Document)[profile];
  const wrong = isMapping(changes)
    ? ['profiles', 'mlspec', 'name', 'imports'].filter((key) => Object.hasOwn(changes, key))
    : [];
  for (const key of wrong) {
    findings.push({
      rule: 'spec/profile-key',
      severity: 'error',
      path: ['profiles', profile, key],
      message: `a profile cannot change ${key}`,
      suggestion: 'remove it',
    });
  }
  findings.push(...unknownParams(changes, document, profile));
  return merge(document, expandParamValues(changes, document)) as Document;
}

function unknownParams(changes: unknown, document: Document, profile: string): Finding[] {
  if (!isMapping(changes) || !isMapping(changes['params'])) return [];
  const known = isMapping(document['params']) ? Object.keys(document['params']) : [];
  return Object.keys(changes['params'])
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = nearestName(name, known);
      return {
        rule: 'spec/unknown-param',
        severity: 'error',
        path: ['profiles', profile, 'params', name],
        message: `profile ${profile} sets ${name}, which is no declared parameter`,
        found: name,
        ...(known.length === 0 ? {} : { expected: known.join(', ') }),
        suggestion: nearest === null ? `declare ${name} under params` : `did you mean ${nearest}?`,
      };
    });
}

/** A profile sets a parameter as `params: {sample: 10%}`: that is its default, not its declaration. */
function expandParamValues(changes: unknown, document: Document): unknown {
  if (!isMapping(changes) || !isMapping(changes['params'])) return changes;
  const declared = isMapping(document['params']) ? document['params'] : {};
  const params = Object.fromEntries(
    Object.entries(changes['params'])
      .filter(([name]) => Object.hasOwn(declared, name))
      .map(([name, value]) => [name, isMapping(declared[name]) && !isMapping(value) ? { default: value } : value]),
  );
  return { ...changes, params };
}

function merge(base: unknown, changes: unknown): unknown {
  if (!isMapping(base) || !isMapping(changes)) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete merged[key];
    else merged[key] = Object.hasOwn(base, key) ? merge(base[key], value) : value;
  }
  return merged;
}

function isMapping(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
