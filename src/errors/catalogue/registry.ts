import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `registry/`: registered models, versions and aliases. */
export const registryCodes = {
  REGISTRY_BAD_NAME: {
    kind: 'invalid-input',
    title: 'The name of a model or of an alias is not allowed.',
    hint: 'Use up to 200 letters, digits, spaces, dots, hyphens and underscores; an alias must not look like a version and not be latest.',
  },
  REGISTRY_BAD_VALUE: {
    kind: 'invalid-input',
    title: 'A tag, a stage or an address that a client sent for a model is not allowed.',
    hint: 'Send a value of the form that the message names.',
  },
  REGISTRY_MODEL_EXISTS: {
    kind: 'already-exists',
    title: 'A model or prompt of this name is registered already.',
    hint: 'Add a version to it, or choose another name.',
  },
  REGISTRY_ALIAS_UNKNOWN: {
    kind: 'not-found',
    title: 'A model has no such alias.',
    hint: 'mlspec ls models lists versions and aliases.',
  },
  REGISTRY_ALIAS_PROTECTED: {
    kind: 'permission-denied',
    title: 'An alias moves only to a version that others approved.',
    hint: 'mlspec approve MODEL/VERSION --alias ALIAS; mlspec models decisions MODEL shows what was decided.',
  },
  REGISTRY_REQUEST_UNKNOWN: {
    kind: 'not-found',
    title: 'A model has no request of this number.',
    hint: 'mlspec approvals list MODEL shows its requests.',
  },
  REGISTRY_REQUEST_EXISTS: {
    kind: 'already-exists',
    title: 'An open request asks for the same move of an alias.',
    hint: 'Have that one approved, or withdraw it first.',
  },
  REGISTRY_REQUEST_CLOSED: {
    kind: 'precondition-failed',
    title: 'A request was moved, rejected or withdrawn, or has lapsed.',
    hint: 'Ask again with mlspec approvals ask; approvals of the old request do not count for the new one.',
  },
  REGISTRY_OWN_APPROVAL: {
    kind: 'permission-denied',
    title: 'A request is approved by others than who asked for it or made the version, and withdrawn by who asked.',
    hint: 'Have somebody else with the role approver on the model decide.',
  },
  REGISTRY_NO_PACKAGE: {
    kind: 'precondition-failed',
    title: 'A version was registered by its address, so that it has no package, statements and gates.',
    hint: 'Name a version that mlspec release registered; mlspec ls models lists them.',
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
