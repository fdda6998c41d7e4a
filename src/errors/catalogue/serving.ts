import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `serving/` and `server/`: answering requests. */
export const servingCodes = {
  SERVING_BAD_REQUEST: {
    kind: 'invalid-input',
    title: 'A request is not what the protocol asks for.',
    hint: 'Compare it with input_example.json of the package, and with GET /v2/models/<name>.',
  },
  SERVING_UNKNOWN_MODEL: {
    kind: 'not-found',
    title: 'A request names a model or version that this server does not have.',
    hint: 'GET /varz names the model that is served.',
  },
  SERVING_UNKNOWN_ROUTE: {
    kind: 'not-found',
    title: 'A request goes to a path that the server does not have.',
    hint: 'See the reference of mlspec serve for the paths.',
  },
  SERVING_NOT_READY: {
    kind: 'unavailable',
    title: 'The model is loading, or starting again after it failed.',
    hint: 'Wait until GET /v2/health/ready answers 200.',
  },
  SERVING_OVERLOADED: {
    kind: 'resource-exhausted',
    title: 'More requests wait for the model than the server holds.',
    hint: 'Send fewer at once, or several rows in one request.',
  },
  SERVING_TOO_LARGE: {
    kind: 'resource-exhausted',
    title: 'A request has more rows or bytes than the server takes.',
    hint: 'Split it.',
  },
  SERVING_CANNOT_LISTEN: {
    kind: 'unavailable',
    title: 'The server cannot listen at an address.',
    hint: 'Choose another port with --port, or end the program that has it.',
  },
  SERVER_OVERLOADED: {
    kind: 'unavailable',
    title: 'A server has more requests under way than it takes on at once.',
    hint: 'Try again in a moment; clients of MLflow do so by themselves.',
  },
  SERVER_BODY_TOO_LARGE: {
    kind: 'invalid-input',
    title: 'The body of a request is larger than its endpoint takes.',
    hint: 'Send it in several requests. The limits stand in the reference of mlspec server.',
  },
  SERVER_BODY_TOO_SLOW: {
    kind: 'invalid-input',
    title: 'The body of a request did not arrive whole, or not in time.',
    hint: 'Try again; where it happens often, look at the network between client and server.',
  },
  SERVER_WORKER_LOST: {
    kind: 'unavailable',
    title: 'A worker of a server ended by itself, or was ended from outside.',
    hint: 'Another one is started in its place, and what it was answering is asked again by clients of MLflow. Where it happens often, look for what ends it: too little memory, or an error just before in the log.',
  },
  SERVER_UNPROTECTED: {
    kind: 'usage',
    title: 'A server that asks nobody to sign in was told to listen to other machines.',
    hint: 'Say --sign-in, and behind TLS; or leave --host out, and reach it through an SSH tunnel or a proxy that signs people in; or say --without-sign-in, where everybody who reaches it may read and change everything.',
  },
} as const satisfies Record<string, CatalogueEntry>;
