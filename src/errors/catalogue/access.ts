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
  ACCESS_TEAM_EXISTS: {
    kind: 'already-exists',
    title: 'A role of MLflow by this name is there, or has this permission or this user already.',
    hint: 'Change what is there: MLflow lists it at /api/3.0/mlflow/roles/list.',
  },
  ACCESS_TEAM_UNKNOWN: {
    kind: 'not-found',
    title: 'There is no such role of MLflow, or it has no such permission or user.',
    hint: 'The roles of MLflow with their ids are at /api/3.0/mlflow/roles/list.',
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
  ACCESS_NOT_INVITED: {
    kind: 'permission-denied',
    title: 'The OpenID provider knows who it is; this server lets nobody in by that name.',
    hint: 'An admin lets somebody in with: mlspec users add NAME --by-provider --role ROLE. Or a group there is given a role, or others: a role, in the file of --provider.',
  },
  ACCESS_NAME_TAKEN: {
    kind: 'permission-denied',
    title:
      'Whoever the OpenID provider means has the name of a user that is somebody else, or who signs in by a password.',
    hint: 'An admin sees with mlspec users list who that is; remove it, and add it with --by-provider, where it is the same person.',
  },
  ACCESS_SIGN_IN_BROKEN: {
    kind: 'invalid-input',
    title:
      'A sign-in did not come back as it began: begun in another browser, over already, used before, or not begun at all.',
    hint: 'Sign in again.',
  },
  ACCESS_PROVIDER_REFUSED: {
    kind: 'permission-denied',
    title: 'The OpenID provider let nobody in, or what it said cannot be believed.',
    hint: 'Sign in again. If it stays so, compare the settings of --provider with those of the client at the provider; the log of the server says what was wrong.',
  },
  ACCESS_PROVIDER_AWAY: {
    kind: 'unavailable',
    title: 'The OpenID provider did not answer as one does.',
    hint: 'See that the issuer of --provider answers at /.well-known/openid-configuration; passwords and API tokens work meanwhile.',
  },
  ACCESS_BUSY: {
    kind: 'resource-exhausted',
    title: 'More people sign in at once than passwords can be verified.',
    hint: 'Try again in a moment; clients of MLflow do so by themselves. An API token costs nothing to verify.',
  },
} as const satisfies Record<string, CatalogueEntry>;
