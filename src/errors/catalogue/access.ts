import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `access/` and by servers that ask people to sign in. */
export const accessCodes = {
  ACCESS_BAD_VALUE: {
    kind: 'invalid-input',
    title: 'The name of a user, a password, a role or the scope of a token is not allowed.',
    hint: 'Passwords have at least 12 characters; roles are none, reader, writer, approver and admin.',
  },
  ACCESS_USER_EXISTS: {
    kind: 'already-exists',
    title: 'There is a user of this name, or of one that looks like it.',
    hint: 'Choose another name; mlspec users list shows those that are taken.',
  },
  ACCESS_USER_UNKNOWN: {
    kind: 'not-found',
    title: 'There is no user of this name.',
    hint: 'mlspec users list shows who there is; case matters.',
  },
  ACCESS_TOKEN_UNKNOWN: {
    kind: 'not-found',
    title: 'There is no token that begins so.',
    hint: 'mlspec tokens list shows how each begins.',
  },
  ACCESS_LAST_ADMIN: {
    kind: 'precondition-failed',
    title: 'Nobody would be left who can let anybody in.',
    hint: 'Make somebody else an admin first: mlspec users grant NAME --role admin',
  },
  ACCESS_OFF: {
    kind: 'not-found',
    title: 'Users were asked for at a server to which nobody signs in.',
    hint: 'Start it with --sign-in.',
  },
  ACCESS_DENIED: {
    kind: 'permission-denied',
    title: 'Whoever signed in may not do this.',
    hint: 'Ask an admin of the experiment or model for the role that the message names.',
  },
  ACCESS_BUSY: {
    kind: 'resource-exhausted',
    title: 'More people sign in at once than passwords can be verified.',
    hint: 'Try again in a moment; clients of MLflow do so by themselves. An API token costs nothing to verify.',
  },
} as const satisfies Record<string, CatalogueEntry>;
