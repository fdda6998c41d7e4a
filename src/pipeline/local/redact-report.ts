import { catalogue } from '../../errors/index.ts';
import type { InvocationError, InvocationResult, StepEvent } from '../invocation.ts';
import { redactJson, redactText } from './redact.ts';

/** Members that the product names and whose values are its own words. */
const ownWords = new Set(['type', 'level', 'stream', 'atMs']);
const ownNames = new Set(['message', 'fields', 'text', 'done', 'total', 'unit', 'name', 'value', 'step', ...ownWords]);

/**
 * An event without secrets in what the step said. The words of the product stay: a secret may be as short or as common
 * as one of them.
 */
export function redactEvent(event: StepEvent, secrets: readonly string[]): StepEvent {
  if (secrets.length === 0) return event;
  const members = Object.entries(event).map(([name, value]) => [
    ownNames.has(name) ? name : redactText(name, secrets),
    ownWords.has(name) ? value : redactJson(value, secrets),
  ]);
  return Object.fromEntries(members) as StepEvent;
}

/** The same of a result: its form and the digests in it stay. */
export function redactResult(result: InvocationResult, secrets: readonly string[]): InvocationResult {
  if (secrets.length === 0) return result;
  const { outputs, values, artifacts, code, error } = result;
  const clean = (text: string): string => redactText(text, secrets);
  return {
    ...result,
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([port, output]) => [
        port,
        { ...output, properties: redactJson(output.properties, secrets) },
      ]),
    ),
    values: redactJson(values, secrets),
    artifacts: artifacts.map(clean),
    code: {
      ...code,
      files: code.files.map(({ path, digest }) => ({ path: clean(path), digest })),
      absent: code.absent.map(clean),
    },
    ...(error === undefined ? {} : { error: redactError(error, secrets) }),
  };
}

function redactError(error: InvocationError, secrets: readonly string[]): InvocationError {
  const { code, ...texts } = error;
  const said = Object.entries(texts).map(([name, value]) => [name, redactJson(value, secrets)]);
  return { code: code in catalogue ? code : redactText(code, secrets), ...Object.fromEntries(said) };
}
