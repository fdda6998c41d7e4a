/** Documents beside the declaration that people write by hand, read with the same care: YAML 1.2, bounded, with positions. */
import type { z } from 'zod';
import { codeFrame } from './code-frame.ts';
import type { Finding } from './finding.ts';
import { describeAt, keysAt, toJsonSchema } from './json-schema.ts';
import { toFindings } from './schema-findings.ts';
import { readYaml, type ValueSpan } from './yaml-text.ts';

/** A document held to a type: its value, or what is wrong with it. */
export interface Typed<T> {
  /** Null where there is a finding of severity error. */
  readonly value: T | null;
  readonly findings: readonly Finding[];
  /** Puts file, position and code frame to findings of rules that look at the value. */
  locate(findings: readonly Finding[]): Finding[];
  /** The same for a finding about a stretch of the text that stands at its path. */
  locateWithin(finding: Finding, within: { readonly text: string; readonly span: ValueSpan }): Finding;
}

/** Reads a document (YAML or JSON) of a type. Never throws: what is wrong is in the findings, with its place. */
export function readTyped<Type extends z.ZodType>(
  text: string,
  { file, type }: { readonly file: string; readonly type: Type },
): Typed<z.output<Type>> {
  const yaml = readYaml(text);
  const locate = (findings: readonly Finding[]): Finding[] =>
    findings.map((finding) => {
      const part = finding.rule === 'spec/unknown-key' || finding.rule === 'spec/name' ? 'key' : 'value';
      const position = finding.position ?? yaml.positionOf(finding.path, part);
      return position === undefined
        ? { ...finding, file }
        : { ...finding, file, position, frame: codeFrame(text, position) };
    });
  const locateWithin: Typed<z.output<Type>>['locateWithin'] = (finding, within) => {
    const position = yaml.positionWithin(finding.path, within.text, within.span);
    return locate([position === undefined ? finding : { ...finding, position }])[0]!;
  };
  const places = { locate, locateWithin };
  const told = locate(yaml.findings);
  if (yaml.value === null || told.some(({ severity }) => severity === 'error'))
    return { value: null, findings: told, ...places };
  const read = type.safeParse(yaml.value);
  if (read.success) return { value: read.data, findings: told, ...places };
  const root = toJsonSchema(type, 'document');
  const facts = {
    keysAt: (path: Finding['path']) => keysAt(path, root),
    describeAt: (path: Finding['path']) => describeAt(path, root),
  };
  return { value: null, findings: [...told, ...locate(toFindings(read.error.issues, yaml.value, facts))], ...places };
}
