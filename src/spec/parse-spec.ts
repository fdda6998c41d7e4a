import { digestOf } from '../encoding/index.ts';
import type { Finding, Position } from './finding.ts';
import { locate } from './locator.ts';
import type { ImportedPart, ParsedSpec, ReadSpec } from './parsed-spec.ts';
import { checkSpec } from './resolve-spec.ts';
import { maximumFindings, readYaml, type YamlText } from './yaml-text.ts';

/** Where the text comes from. */
export interface ParseOptions {
  readonly file: string;
}

/** Where the text comes from, and how files that it imports are read. */
export interface ParseWithFilesOptions extends ParseOptions {
  /** The text of a file of the project by its path, null where there is none or it may not be read. */
  readonly readFile: (path: string) => Promise<string | null>;
}

const maximumImports = 100;

/**
 * Reads a declaration and the files that it imports. Never throws: what is wrong is in the findings, all of it, in the
 * document itself and in every profile. Without `readFile` nothing is awaited, and imports are a note.
 */
export function parseSpec(text: string, options: ParseWithFilesOptions): Promise<ParsedSpec>;
export function parseSpec(text: string, options: ParseOptions): ParsedSpec;
export function parseSpec(
  text: string,
  options: ParseOptions | ParseWithFilesOptions,
): ParsedSpec | Promise<ParsedSpec> {
  const yaml = readYaml(text);
  if (!('readFile' in options)) return complete(yaml, text, { file: options.file, ...withoutFiles(yaml) });
  return readImports(yaml, options).then((imported) => complete(yaml, text, { file: options.file, ...imported }));
}

interface Imported {
  readonly imports: Readonly<Record<string, ImportedPart>>;
  readonly findings: readonly Finding[];
}

function complete(yaml: YamlText, text: string, { file, imports, findings }: Imported & ParseOptions): ParsedSpec {
  const read: ReadSpec = { file, text, document: yaml.value, imports, yaml };
  const provenance = { source: read, profile: null, mounts: [] };
  const told = [...yaml.findings, ...findings].map((finding) => locate(finding, provenance));
  return { ...read, findings: [...told, ...checkSpec(read)].slice(0, maximumFindings) };
}

function withoutFiles(yaml: YamlText): Imported {
  const paths = declaredImports(yaml).filter(([, path]) => typeof path === 'string');
  const findings = paths.map(
    ([name, path]): Finding => ({
      rule: 'spec/import-not-read',
      severity: 'note',
      path: ['imports', name],
      message: `the imported file ${JSON.stringify(path)} is not read here`,
    }),
  );
  return { imports: {}, findings };
}

const beginning: Position = { line: 1, column: 1, offset: 0, endLine: 1, endColumn: 2 };

async function readImports(yaml: YamlText, options: ParseWithFilesOptions): Promise<Imported> {
  const imports: Record<string, ImportedPart> = {};
  const findings: Finding[] = [];
  for (const [name, path] of declaredImports(yaml)) {
    if (typeof path !== 'string' || !isInside(path)) continue;
    const text = await readQuietly(path, options);
    if (text === null) {
      findings.push({
        rule: 'spec/import',
        severity: 'error',
        path: ['imports', name],
        message: `the imported file ${path} cannot be read`,
        suggestion: 'name a file inside the folder of the declaration',
      });
      continue;
    }
    const part = readYaml(text);
    imports[name] = { path, digest: digestOf(text), value: part.value, text, yaml: part };
    // What is said of a file as a whole stands at its beginning, not at that of the document.
    findings.push(...part.findings.map((finding) => ({ position: beginning, ...finding, file: path })));
  }
  return { imports, findings };
}

async function readQuietly(path: string, options: ParseWithFilesOptions): Promise<string | null> {
  try {
    return await options.readFile(path);
  } catch {
    return null;
  }
}

function declaredImports(yaml: YamlText): [string, unknown][] {
  const declared = yaml.value?.['imports'];
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) return [];
  return Object.entries(declared).slice(0, maximumImports);
}

function isInside(path: string): boolean {
  return !/^([/\\]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..') && !path.includes('\0');
}
