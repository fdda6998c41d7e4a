/*
 * The documents are true where a program can tell: every link between files resolves, with its anchor; every YAML
 * block marked `yaml mlspec` is a declaration without findings that stop a run, and every block marked `yaml mlspec part`
 * is one after a minimal head is put before it; every error code named in a page exists.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { type MarkdownBlock, type MarkdownPage, readMarkdown } from './markdown.ts';
import { listFiles, type Problem, report, repositoryRoot } from './problem.ts';

/** What is wrong with a declaration, as far as it stops a run. `position` is of the declaration's own text. */
type FindErrors = (text: string, file: string) => Promise<readonly FoundError[]>;

interface FoundError {
  readonly rule: string;
  readonly message: string;
  readonly position?: { readonly line: number };
}

/** What a block marked `part` lacks, key by key, unless it writes the key itself. */
const head: Readonly<Record<string, string>> = {
  mlspec: 'mlspec: 1',
  name: 'name: part',
  task: 'task: {kind: binary, label: late}',
  ingestion: 'ingestion: {sources: {rows: {parquet: rows.parquet}}}',
};

/** All Markdown files of the repository that are its own. */
export function markdownFiles(root: string): string[] {
  return listFiles(root, '.', ['.md']).map((file) => file.replace(/^\.\//, ''));
}

/** All problems of the links of every Markdown file below `root`. */
export function checkLinks(root: string): Problem[] {
  const pages = new Map<string, MarkdownPage>();
  const page = (file: string): MarkdownPage => {
    const known = pages.get(file) ?? readMarkdown(readFileSync(join(root, file), 'utf8'));
    pages.set(file, known);
    return known;
  };
  const problems: Problem[] = [];
  for (const file of markdownFiles(root)) {
    for (const { target, line } of page(file).links) {
      if (/^(https?|mailto):/.test(target)) continue;
      const [path, anchor] = target.split('#') as [string, string | undefined];
      const pointed = path === '' ? file : posix.normalize(posix.join(dirname(file), decodeURIComponent(path)));
      const add = (rule: string, message: string) => problems.push({ file, line, rule, message });
      if (pointed.startsWith('..') || !existsSync(join(root, pointed)))
        add('docs/broken-link', `${target} does not exist.`);
      else if (anchor !== undefined && pointed.endsWith('.md') && !page(pointed).anchors.has(anchor)) {
        add('docs/broken-anchor', `${pointed} has no heading #${anchor}.`);
      }
    }
  }
  return problems;
}

/** All problems of the declarations shown in Markdown files below `root`. */
export async function checkSnippets(root: string, findErrors: FindErrors): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const file of markdownFiles(root)) {
    for (const block of readMarkdown(readFileSync(join(root, file), 'utf8')).blocks) {
      if (!/^ya?ml mlspec( part)?$/.test(block.info)) continue;
      const { text, added } = complete(block);
      for (const found of await findErrors(text, file)) {
        const line = block.line + Math.max(0, (found.position?.line ?? 1) - 1 - added);
        problems.push({ file, line, rule: `docs/snippet ${found.rule}`, message: found.message });
      }
    }
  }
  return problems;
}

function complete(block: MarkdownBlock): { readonly text: string; readonly added: number } {
  if (!block.info.endsWith('part')) return { text: block.text, added: 0 };
  const missing = Object.keys(head).filter((key) => !new RegExp(`^${key}:`, 'm').test(block.text));
  return { text: [...missing.map((key) => head[key]), block.text].join('\n'), added: missing.length };
}

/** Codes named in the documents that the catalogue does not have, and codes that the reference page lacks. */
export function checkCodes(root: string, codes: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  const page = 'docs/reference/errors.md';
  const known = new Set(codes);
  const areas = new Set(codes.map((code) => code.split('_')[0]!));
  for (const file of markdownFiles(root)) {
    for (const [index, text] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
      for (const [, code] of text.matchAll(/`([A-Z]+(?:_[A-Z0-9]+)+)`/g)) {
        const meant = areas.has(code!.split('_')[0]!) && !code!.startsWith('MLSPEC_');
        if (meant && !known.has(code!)) {
          problems.push({
            file,
            line: index + 1,
            rule: 'docs/unknown-code',
            message: `${code} is not in the catalogue.`,
          });
        }
      }
    }
  }
  const listed = existsSync(join(root, page)) ? readFileSync(join(root, page), 'utf8') : '';
  for (const code of codes) {
    if (!listed.includes(`\`${code}\``))
      problems.push({ file: page, line: 0, rule: 'docs/missing-code', message: code });
  }
  return problems;
}

/** Reads, resolves and verifies with the product's own functions. */
const findErrors: FindErrors = async (text, file) => {
  const { parseSpec, resolveSpec, verifySpec } = await import('../src/spec/index.ts');
  const parsed = await parseSpec(text, { file });
  const { spec, findings } = resolveSpec(parsed);
  const all = [...parsed.findings, ...findings, ...(spec === null ? [] : verifySpec(spec))];
  return all.filter((found) => found.severity === 'error');
};

/** Variables of the environment that the configuration reads and its page does not name. */
export function checkVariables(root: string): Problem[] {
  const [page, source] = ['docs/reference/configuration.md', 'src/app/config.ts'];
  const read = (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '');
  const used = new Set(read(source).match(/\bMLSPEC_[A-Z_]+\b/g));
  const missing = [...used].filter((name) => !read(page).includes(`\`${name}\``));
  return missing.map((name) => ({ file: page, line: 0, rule: 'docs/missing-variable', message: name }));
}

if (import.meta.main) {
  const { catalogue } = await import('../src/errors/index.ts');
  const problems = [
    ...checkLinks(repositoryRoot),
    ...checkCodes(repositoryRoot, Object.keys(catalogue)),
    ...checkVariables(repositoryRoot),
    ...(await checkSnippets(repositoryRoot, findErrors)),
  ];
  report('docs', problems, `${markdownFiles(repositoryRoot).length} pages`);
}
