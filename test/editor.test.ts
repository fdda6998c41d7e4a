/*
 * The published JSON Schema in an editor: the real YAML language server, over its own protocol, checks and completes.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const server = spawn(process.execPath, [join(root, 'node_modules/.bin/yaml-language-server'), '--stdio']);
const waiting: { readonly wants: (message: Message) => boolean; readonly take: (message: Message) => void }[] = [];
let received = Buffer.alloc(0);
let nextId = 1;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly uri?: string;
    readonly diagnostics?: readonly { readonly message: string }[];
    readonly items?: readonly unknown[];
  };
  readonly result?: { readonly items: readonly { readonly label: string }[] };
}

function send(message: object): void {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function next(wants: (message: Message) => boolean): Promise<Message> {
  return new Promise((take) => waiting.push({ wants, take }));
}

function ask(method: string, params: object): Promise<Message> {
  const id = nextId++;
  send({ id, method, params });
  return next((message) => message.id === id && message.method === undefined);
}

server.stdout.on('data', (data: Buffer) => {
  received = Buffer.concat([received, data]);
  for (;;) {
    const header = /Content-Length: (\d+)\r\n(?:[^\r]+\r\n)*\r\n/.exec(received.toString('latin1'));
    if (header === null || header.index !== 0) return;
    const end = header[0].length + Number(header[1]);
    if (received.length < end) return;
    const message = JSON.parse(received.subarray(header[0].length, end).toString('utf8')) as Message;
    received = received.subarray(end);
    if (message.method === 'workspace/configuration') {
      send({ id: message.id, result: message.params!.items!.map(() => ({ schemaStore: { enable: false } })) });
    }
    const index = waiting.findIndex(({ wants }) => wants(message));
    if (index >= 0) waiting.splice(index, 1)[0]!.take(message);
  }
});

/** Opens a document of the example's folder and gives what the server says about it. */
async function open(name: string, text: string): Promise<readonly string[]> {
  const uri = pathToFileURL(join(root, 'examples', 'flights', name)).href;
  const told = next((message) => message.method === 'textDocument/publishDiagnostics' && message.params?.uri === uri);
  send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'yaml', version: 1, text } } });
  return (await told).params!.diagnostics!.map((diagnostic) => diagnostic.message);
}

const example = (name: string) => readFileSync(join(root, 'examples', name, 'mlspec.yaml'), 'utf8');

beforeAll(async () => {
  await ask('initialize', { processId: process.pid, rootUri: pathToFileURL(root).href, capabilities: {} });
  send({ method: 'initialized', params: {} });
});
afterAll(() => void server.kill());

it.each(['flights', 'penguins', 'scikit-learn', 'xgboost', 'lightgbm', 'pytorch'])(
  'finds nothing wrong in %s',
  async (name) => {
    expect(await open(`${name}.yaml`, example(name))).toEqual([]);
  },
);

it('names a misspelt key', async () => {
  const wrong = example('flights').replace('splitting:', 'spliting:');
  expect(await open('wrong.yaml', wrong)).toEqual([expect.stringContaining('spliting')]);
});

it('completes keys', async () => {
  const text = `${example('penguins').split('\n')[0]}\nmlspec: 1\nname: x\nspl`;
  await open('unfinished.yaml', text);
  const uri = pathToFileURL(join(root, 'examples', 'flights', 'unfinished.yaml')).href;
  const { result } = await ask('textDocument/completion', {
    textDocument: { uri },
    position: { line: 3, character: 3 },
  });
  expect(result!.items.map((item) => item.label)).toContain('splitting');
});
