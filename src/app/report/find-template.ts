/** Templates of governance reports and answers to them: those that come with the program, and files of the user. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { nearestName } from '../../encoding/index.ts';
import { type ErrorCode, PlatformError } from '../../errors/index.ts';
import { type GovernanceAnswers, type GovernanceTemplate, readAnswers, readTemplate } from '../../exports/index.ts';
import { type Finding, formatFindings } from '../../spec/index.ts';
import type { Config } from '../config.ts';

const ending = '.yaml';
const maximumBytes = 1024 * 1024;

/** Names of the templates that come with the program. */
export async function templateNames({ programRoot }: Pick<Config, 'programRoot'>): Promise<string[]> {
  const files = await readdir(join(programRoot, 'templates'));
  return files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
}

/**
 * A template by its name, else from a file.
 * @throws PlatformError REPORT_TEMPLATE_UNKNOWN, REPORT_TEMPLATE_BAD with all findings
 */
export async function findTemplate(config: Config, wanted: string): Promise<GovernanceTemplate> {
  const names = (await templateNames(config)).sort();
  const path = names.includes(wanted) ? join(config.programRoot, 'templates', `${wanted}${ending}`) : resolve(wanted);
  const text = await readText(path, 'REPORT_TEMPLATE_BAD');
  if (text === null) throw unknown(wanted, names);
  const { template, findings } = readTemplate(text, wanted);
  return required(template, findings, { code: 'REPORT_TEMPLATE_BAD', what: 'the template' });
}

/** Answers from a file. @throws PlatformError REPORT_ANSWERS_BAD with all findings */
export async function findAnswers(file: string, template: GovernanceTemplate): Promise<GovernanceAnswers> {
  const text = await readText(resolve(file), 'REPORT_ANSWERS_BAD');
  if (text === null)
    throw new PlatformError('REPORT_ANSWERS_BAD', { message: `expected answers in ${file}, found no file there` });
  const { answers, findings } = readAnswers(text, file, template);
  return required(answers, findings, { code: 'REPORT_ANSWERS_BAD', what: 'the file of answers' });
}

function required<T>(
  value: T | null,
  findings: readonly Finding[],
  { code, what }: { readonly code: ErrorCode; readonly what: string },
): T {
  if (value !== null) return value;
  const errors = findings.filter(({ severity }) => severity === 'error');
  throw new PlatformError(code, {
    message: `${what} has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}:\n${formatFindings(errors, { color: false })}`,
    details: { findings: errors },
  });
}

/** Null where there is no such file. */
async function readText(path: string, code: ErrorCode): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  if (!found.isFile() || found.size > maximumBytes)
    throw new PlatformError(code, {
      message: `expected ${path} to be a file of at most ${maximumBytes} bytes, found ${found.isFile() ? `${found.size} bytes` : 'none'}`,
    });
  return await readFile(path, 'utf8');
}

function unknown(wanted: string, names: readonly string[]): PlatformError {
  const nearest = nearestName(wanted, names);
  return new PlatformError('REPORT_TEMPLATE_UNKNOWN', {
    message: `expected a file or one of ${names.join(', ')}, found ${JSON.stringify(wanted)}${nearest === null ? '' : `; did you mean ${nearest}?`}`,
  });
}
