/* The beginning of what went into a trace or came out of it: of a conversation the last message, else the JSON. */

const previewLength = 1000;
/** How deep a request may stand inside another one. */
const deepest = 10;

/** At most a thousand characters of an attribute. @param role whose message of a conversation is meant */
export function previewOf(text: string, role: 'user' | 'assistant'): string {
  const shown = lastMessage(text, role) ?? text;
  if (shown.length <= previewLength) return shown;
  return `${shown.slice(0, previewLength - 3).toWellFormed()}...`;
}

function lastMessage(text: string, role: string): string | null {
  if (!text.startsWith('{')) return null;
  const messages = messagesOf(JSON.parse(text), deepest);
  const message = messages.findLast((one) => one.role === role) ?? messages.at(-1);
  return message === undefined ? null : contentOf(message.content);
}

interface Message {
  readonly role: unknown;
  readonly content: unknown;
}

/** Messages in the forms of chat completions and responses, of requests and of answers. */
function messagesOf(value: unknown, depth: number): readonly Message[] {
  if (!isObject(value) || depth === 0) return [];
  for (const list of [value['messages'], choicesOf(value['choices']), value['input'], value['output']]) {
    if (Array.isArray(list) && list.length > 0) return list.filter(isMessage);
  }
  return 'request' in value ? messagesOf(value['request'], depth - 1) : [];
}

function choicesOf(choices: unknown): unknown[] {
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return isObject(first) && isMessage(first['message']) ? [first['message']] : [];
}

function contentOf(content: unknown): string | null {
  if (typeof content === 'string') return content === '' ? null : content;
  if (!Array.isArray(content)) return null;
  const part: unknown = content.find((one) => typeof one === 'string' || isTextPart(one));
  return typeof part === 'string' ? part : isTextPart(part) ? part.text : null;
}

function isTextPart(part: unknown): part is { readonly text: string } {
  return isObject(part) && ['text', 'output_text'].includes(String(part['type'])) && typeof part['text'] === 'string';
}

function isMessage(value: unknown): value is Message {
  return isObject(value) && 'role' in value && 'content' in value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
