import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `registry/`: registered models, versions and aliases. */
export const registryCodes = {
  REGISTRY_BAD_NAME: {
    kind: 'invalid-input',
    title: 'The name of a model or of an alias is not allowed.',
    hint: 'Use up to 200 letters, digits, spaces, dots, hyphens and underscores; an alias must not look like a version and not be latest.',
  },
  REGISTRY_MODEL_UNKNOWN: {
    kind: 'not-found',
    title: 'No model of this name was registered.',
    hint: 'mlspec release registers a model; mlspec ls models lists them.',
  },
  REGISTRY_VERSION_UNKNOWN: {
    kind: 'not-found',
    title: 'A model has no such version and no such alias.',
    hint: 'mlspec ls models lists versions and aliases.',
  },
} as const satisfies Record<string, CatalogueEntry>;
