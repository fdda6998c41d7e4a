/* A web interface that was built elsewhere, MLflow's own above all, below the address of the server. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { UiFiles } from './ui-files.ts';

/** The root below which MLflow's own page asks for everything else that belongs to it. */
const root = '/static-files';
/** A page of MLflow's that Jupyter shows in a frame. */
const framed = 'lib/notebook-trace-renderer/';
/** A name with a digest of the content never means anything else: `main.c2f5f8d4.js`. */
const hashed = /\.[0-9a-f]{8,}\.(chunk\.|worker\.)?\w+$/;
const aYear = 'public, max-age=31536000, immutable';

/**
 * What the page may do: talk to this server alone, and hold no plug-ins. Scripts and styles cannot be restricted to its own: it
 * shows reports that were logged as HTML, charts above all, in a sandbox without this origin, and a browser holds what is shown
 * there to the rules of the page. MLflow's own `log_figure` writes reports that fetch their library from elsewhere.
 */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: https:",
  "style-src 'self' 'unsafe-inline' https:",
  "img-src 'self' data: blob: https:",
  "font-src 'self' data: https:",
  "media-src 'self' data: blob: https:",
  "connect-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "frame-src 'self' blob: data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
];

/** Serves a web interface: its page at `/`, its files below `/static-files`. */
export function serveUi(app: FastifyInstance, files: UiFiles): void {
  app.get('/', async (request, reply) => await send({ request, reply }, files, 'index.html'));
  app.get(`${root}/*`, async (request, reply) => {
    const path = (request.params as { readonly '*': string })['*'];
    return await send({ request, reply }, files, path);
  });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function send({ request, reply }: Exchange, files: UiFiles, path: string): Promise<unknown> {
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(String(request.headers['accept-encoding'] ?? ''));
  const content = await files.read(path, takesGzip ? 'gzip' : 'any');
  if (content === null) return reply.callNotFound();
  const isPage = content.type.startsWith('text/html');
  reply.headers({
    etag: content.etag,
    vary: 'accept-encoding',
    'cache-control': hashed.test(path) ? aYear : 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    ...(isPage ? pageHeaders(path) : {}),
  });
  if (request.headers['if-none-match'] === content.etag) return await reply.code(304).send();
  if (content.encoding !== null) reply.header('content-encoding', content.encoding);
  return await reply.type(content.type).send(content.bytes);
}

/** A page belongs into no frame but one of its own server; the one that Jupyter frames says nothing of that. */
function pageHeaders(path: string): Readonly<Record<string, string>> {
  if (path.startsWith(framed)) return { 'content-security-policy': policy.join('; ') };
  return {
    'content-security-policy': [...policy, "frame-ancestors 'self'"].join('; '),
    'x-frame-options': 'SAMEORIGIN',
  };
}
