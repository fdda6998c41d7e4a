/*
 * A real YAML language server, pointed at the published JSON Schema, completes and checks declarations: what people see
 * in their editors.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const schema = pathToFileURL(join(root, 'schemas/mlspec.schema.json')).href;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}
interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
}

/** Speaks the Language Server Protocol over standard input and output. */
class LanguageServer {
  readonly #process: ChildProcess;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #diagnostics = new Map<string, (diagnostics: readonly Diagnostic[]) => void>();
  #pending = Buffer.alloc(0);
  #lastId = 0;

  constructor() {
    const program = join(root, 'node_modules/yaml-language-server/bin/yaml-language-server');
    this.#process = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#process.stdout!.on('data', (data: Buffer) => this.#receive(data));
  }

  request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    this.#send({ id, method, params });
    return new Promise((resolve) => this.#answers.set(id, resolve));
  }

  notify(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  /** Opens a text and waits for what the server says of it. */
  open(uri: string, text: string): Promise<readonly Diagnostic[]> {
    const told = new Promise<readonly Diagnostic[]>((resolve) => this.#diagnostics.set(uri, resolve));
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
    return told;
  }

  stop(): void {
    this.#process.kill();
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#process.stdin!.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #receive(data: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, data]);
    for (;;) {
      const header = /^Content-Length: (\d+)\r\n(?:[^\r]+\r\n)*\r\n/.exec(this.#pending.toString('latin1'));
      if (header === null || this.#pending.length < header[0].length + Number(header[1])) return;
      const end = header[0].length + Number(header[1]);
      const message = JSON.parse(this.#pending.toString('utf8', header[0].length, end)) as Message;
      this.#pending = this.#pending.subarray(end);
      this.#handle(message);
    }
  }

  #handle({ id, method, params, result }: Message): void {
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as { uri: string; diagnostics: readonly Diagnostic[] };
      this.#diagnostics.get(uri)?.(diagnostics);
    } else if (id !== undefined && method !== undefined) {
      const items = (params as { items?: readonly unknown[] }).items ?? [];
      const answer =
        method === 'workspace/configuration' ? items.map((_, index) => (index === 0 ? settings : {})) : null;
      this.#send({ id, result: answer });
    } else if (id !== undefined) this.#answers.get(id)?.(result);
  }
}

const settings = {
  schemas: { [schema]: ['*.yaml'] },
  schemaStore: { enable: false },
  validate: true,
  completion: true,
  hover: true,
};

describe('a YAML language server with the published schema', () => {
  let server: LanguageServer;
  let opened = 0;
  const nextUri = () => `file:///project/${++opened}/mlspec.yaml`;

  beforeAll(async () => {
    server = new LanguageServer();
    await server.request('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: { workspace: { configuration: true }, textDocument: { completion: {}, hover: {} } },
    });
    server.notify('initialized', {});
  });
  afterAll(() => server.stop());

  async function labelsAt(text: string): Promise<string[]> {
    const uri = nextUri();
    const [before] = text.split('|') as [string];
    await server.open(uri, text.replace('|', ''));
    const lines = before.split('\n');
    const position = { line: lines.length - 1, character: lines.at(-1)!.length };
    const answer = (await server.request('textDocument/completion', { textDocument: { uri }, position })) as {
      items: readonly { label: string }[];
    };
    return answer.items.map((item) => item.label);
  }

  // The examples name the schema themselves, in their first line.
  test.each([...globSync('examples/*/mlspec.yaml', { cwd: root }).sort(), 'test/golden/spec/design.yaml'])(
    '%s is right',
    async (file) => {
      const uri = pathToFileURL(join(root, file)).href;
      expect(await server.open(uri, readFileSync(join(root, file), 'utf8'))).toEqual([]);
    },
  );

  test('completes the sections of the document, of a section, and words of a list', async () => {
    const sections = await labelsAt('mlspec: 1\nname: late\n|\n');
    expect(sections).toEqual(expect.arrayContaining(['task', 'objectives', 'ingestion', 'splitting', 'triggers']));
    expect(await labelsAt('mlspec: 1\nsplitting:\n  |\n')).toEqual(expect.arrayContaining(['by', 'parts', 'sealed']));
    expect(await labelsAt('mlspec: 1\ntask:\n  kind: |\n')).toEqual(expect.arrayContaining(['binary', 'ranking']));
    expect(await labelsAt('mlspec: 1\nsteps:\n  mine:\n    |\n')).toEqual(expect.arrayContaining(['python', 'inputs']));
  });

  test.each([
    ['an unknown section', 'trigers: {}', 'trigers'],
    ['an unknown key of a section', 'evaluation: {onn: validation}', 'onn'],
    ['an unknown key of a step', 'steps: {a: {sqll: SELECT 1}}', 'sqll'],
    ['a wrong word', 'store: mysql', 'postgres'],
  ])('diagnoses %s', async (_, line, told) => {
    const head = 'mlspec: 1\nname: late\ntask: {kind: binary}\ningestion: {sources: {rows: a.csv}}\n';
    const diagnostics = await server.open(nextUri(), `${head}${line}\n`);
    expect(diagnostics.map(({ range }) => range.start.line)).toContain(4);
    expect(diagnostics.map(({ message }) => message).join('\n')).toContain(told);
  });

  test('explains a key', async () => {
    const uri = nextUri();
    await server.open(uri, 'mlspec: 1\nsplitting: {sealed: [test]}\n');
    const hover = (await server.request('textDocument/hover', {
      textDocument: { uri },
      position: { line: 1, character: 14 },
    })) as { contents: { value: string } };
    expect(hover.contents.value).toContain('encrypted');
  });
});
