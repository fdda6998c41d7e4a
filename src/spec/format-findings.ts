import { styleText } from 'node:util';
import type { Finding } from './finding.ts';

/** How findings are printed. */
export interface FormatOptions {
  readonly color: boolean;
}

const words = { error: 'red', warning: 'yellow', note: 'cyan' } as const;

/** Findings as people read them: what, where, the line itself with a mark under it, and what to write instead. */
export function formatFindings(findings: readonly Finding[], options: FormatOptions): string {
  return sortFindings(findings)
    .map((finding) => formatFinding(finding, options))
    .join('\n\n');
}

/** By file, then by place, then by rule. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      (a.file ?? '').localeCompare(b.file ?? '') ||
      (a.position?.offset ?? 0) - (b.position?.offset ?? 0) ||
      a.rule.localeCompare(b.rule),
  );
}

function formatFinding(finding: Finding, options: FormatOptions): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const head = `${paint(words[finding.severity], `${finding.severity}[${finding.rule}]`)}: ${paint('bold', finding.message)}`;
  const where =
    finding.position === undefined
      ? finding.path.join('.')
      : `${finding.file ?? 'document'}:${finding.position.line}:${finding.position.column}`;
  const frame = finding.frame === undefined ? [] : paintFrame(finding.frame, paint);
  const help = finding.suggestion === undefined ? [] : [`  ${paint('cyan', 'help:')} ${finding.suggestion}`];
  return [head, ...(where === '' ? [] : [`  ${paint('blue', '-->')} ${where}`]), ...frame, ...help].join('\n');
}

function paintFrame(frame: string, paint: (style: 'blue' | 'red', text: string) => string): string[] {
  return frame.split('\n').map((line) => {
    const bar = line.indexOf('|');
    const rest = line.slice(bar + 1);
    return paint('blue', line.slice(0, bar + 1)) + (/^\s*\^+$/.test(rest) ? paint('red', rest) : rest);
  });
}
