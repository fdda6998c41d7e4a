/* Pages of the server's own for people who sign in. They load nothing, run one script at most, and stand in no frame. */
import { hash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:44rem;padding:0 1rem}' +
  'pre,code{background:#f4f4f4;padding:.2rem .4rem;overflow-wrap:anywhere}table{border-collapse:collapse}' +
  'td,th{padding:.2rem .8rem .2rem 0;text-align:left}button,input,select{font:inherit;padding:.2rem .6rem}';

/** A page, whose texts are HTML already. */
export interface Page {
  readonly title: string;
  readonly body: string;
  readonly script?: string;
  /** Default 200. */
  readonly status?: number;
}

/** Answers with a page. */
export async function sendPage(
  reply: FastifyReply,
  { title, body, script, status = 200 }: Page,
): Promise<FastifyReply> {
  const policy = [
    "default-src 'none'",
    ...[`style-src ${sourceOf(style)}`, "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"],
    ...(script === undefined ? [] : [`script-src ${sourceOf(script)}`, "connect-src 'self'"]),
  ];
  return await reply
    .code(status)
    .headers({
      ...unkept,
      'content-security-policy': policy.join('; '),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style></head>\n` +
        `<body><h1>${escapeHtml(title)}</h1>\n${body}\n${script === undefined ? '' : `<script>${script}</script>`}</body></html>\n`,
    );
}

/**
 * What belongs to one person at one moment: no cache keeps it, and no page of another origin is told of its address. With
 * `no-referrer` a browser would not say of its forms where they come from.
 */
export const unkept = { 'cache-control': 'no-store', 'referrer-policy': 'same-origin' } as const;

function sourceOf(text: string): string {
  return `'sha256-${hash('sha256', text, 'base64')}'`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text within HTML, attributes included. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (one) => entities[one]!);
}
