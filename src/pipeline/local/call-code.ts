import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes, formatDuration, modulePath } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { CodeAnswer, CodeCall } from '../../tables/index.ts';
import type { LoadedCode } from '../invocation.ts';
import { parseResult } from './result-document.ts';
import { type EndedBy, type ProcessEnd, runProcess } from './spawn.ts';

const shownLength = 2_000;
const startPython =
  'import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module("mlspec.table_code", run_name="__main__", alter_sys=True)';

/** Where a function of a project is called. */
export interface CodeCaller {
  readonly projectRoot: string;
  readonly programRoot: string;
  readonly nodePath: string;
  /** The interpreter of Python functions; null: there is none. */
  readonly python: string | null;
  /** Null: the variables of this process, which is one of the execution. */
  readonly env: Readonly<Record<string, string>> | null;
  /** By which processes are known that leave the group of the call. */
  readonly executionId: string;
  /** Told what the function prints. */
  readonly onText: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The document that the process of a call reads. */
export interface CodeRequest {
  readonly projectRoot: string;
  readonly code: CodeCall['code'];
  readonly rows: string;
  readonly hidden: readonly string[];
  readonly gives: CodeCall['gives'];
  /** Where a mask is left, one byte a row. */
  readonly maskPath: string;
  /** Where a result document is left: its value `value` is `[value]`, or `["NaN"]` and the like under `number`. */
  readonly resultPath: string;
}

/** What came of a call, and the code that it loaded. */
export interface CalledCode {
  readonly answer: CodeAnswer;
  readonly code: LoadedCode;
}

/**
 * Calls a function of a project over the rows of a table, in a process of its own, and waits for its end. What the function does wrong, and a
 * limit that it passes, is an answer.
 * @throws PlatformError CANCELED, PIPELINE_CANNOT_START
 */
export async function callCode(call: CodeCall, caller: CodeCaller): Promise<CalledCode> {
  if (call.code.kind === 'python' && caller.python === null)
    return {
      answer: failed('it needs Python, and there is no Python environment here'),
      code: { files: [], absent: [] },
    };
  const request: CodeRequest = {
    projectRoot: caller.projectRoot,
    code: call.code,
    rows: call.rows,
    hidden: call.hidden,
    gives: call.gives,
    maskPath: join(call.folder, 'mask'),
    resultPath: join(call.folder, 'result.json'),
  };
  const path = join(call.folder, 'request.json');
  await writeFile(path, JSON.stringify(request));
  const end = await runProcess(
    { ...commandOf(call, caller, path), cwd: call.folder, env: caller.env, input: null },
    {
      signal: caller.signal,
      timeoutMs: call.timeoutMs,
      limits: { memoryBytes: call.memoryBytes },
      logs: { stdout: join(call.folder, 'stdout'), stderr: join(call.folder, 'stderr') },
      secrets: [],
      executionId: caller.executionId,
      onText: (_, text) => caller.onText(text),
      onStart: () => undefined,
      signCount: () => 0,
      onQuiet: () => undefined,
    },
  );
  if (end.endedBy === 'canceled')
    throw new PlatformError('CANCELED', { message: 'the call of a function was canceled' });
  return await answerOf(call, request, end);
}

function commandOf({ code }: CodeCall, caller: CodeCaller, path: string): { command: string; args: string[] } {
  if (code.kind === 'python')
    return { command: caller.python!, args: ['-B', '-c', startPython, join(caller.programRoot, 'python'), path] };
  const runner = modulePath(import.meta.url, './table-code-runner');
  return { command: caller.nodePath, args: ['--disable-warning=ExperimentalWarning', runner, path] };
}

async function answerOf(call: CodeCall, request: CodeRequest, end: ProcessEnd): Promise<CalledCode> {
  const limit = limitOf(end.endedBy, call);
  if (limit !== null) return unknownCode(limit);
  const left = parseResult(await readFile(request.resultPath, 'utf8').catch(() => ''));
  if (left === null) {
    const how = end.signal === null ? `with exit code ${end.exitCode}` : `by ${end.signal}`;
    return unknownCode(`its process ended ${how} and left no result`);
  }
  const { code, values } = left;
  if (left.status === 'failed') return { code, answer: failed(left.error?.message ?? 'it failed') };
  if (call.gives === 'mask') return { code, answer: { kind: 'mask', path: request.maskPath } };
  const value = values['number'] === undefined ? values['value'] : Number(values['number']);
  const isValue = value === null || ['number', 'string', 'boolean'].includes(typeof value);
  if (!isValue) return unknownCode('its process left no value');
  return { code, answer: { kind: 'value', value: value as number | string | boolean | null } };
}

function limitOf(endedBy: EndedBy, { timeoutMs, memoryBytes }: CodeCall): string | null {
  if (endedBy === 'timeout') return `it took longer than its timeout of ${formatDuration(timeoutMs)} and was ended`;
  if (endedBy === 'memory') return `it used more memory than its limit of ${formatBytes(memoryBytes)} and was ended`;
  return null;
}

/** A call that did not come to tell what code it loaded. */
function unknownCode(message: string): CalledCode {
  const unknown = 'a function of a check ended before it told what it loaded';
  return { answer: failed(message), code: { files: [], absent: [], unknown } };
}

function failed(message: string): CodeAnswer {
  return { kind: 'failed', message: message.slice(0, shownLength) };
}
