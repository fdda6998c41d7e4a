import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from './problem.ts';

/**
 * Writes generated files, or with `--check` on the command line only compares them. `files` maps paths from the root of
 * the repository to their text. Prints one line; the exit code is 1 where a comparison failed.
 */
export function writeOrCheck(command: string, files: ReadonlyMap<string, string>): void {
  const check = process.argv.includes('--check');
  const changed = [...files].filter(([file, text]) => readIfPresent(join(repositoryRoot, file)) !== text);
  for (const [file, text] of check ? [] : changed) {
    mkdirSync(dirname(join(repositoryRoot, file)), { recursive: true });
    writeFileSync(join(repositoryRoot, file), text);
  }
  if (check && changed.length > 0) {
    for (const [file] of changed) console.log(`${file}: generated/stale: run node_modules/.bin/node ${command}`);
    process.exitCode = 1;
  }
  console.log(`${command}: ${changed.length} of ${files.size} files ${check ? 'stale' : 'written'}`);
}

/** `text` with what stands between `<!-- name:begin … -->` and `<!-- name:end -->` replaced by `content`. */
export function replaceBetweenMarkers(text: string, name: string, content: string): string {
  const form = new RegExp(`(<!-- ${name}:begin[^>]*-->)[\\s\\S]*?(<!-- ${name}:end -->)`);
  if (!form.test(text)) throw new Error(`the markers <!-- ${name}:begin --> and <!-- ${name}:end --> are missing`);
  return text.replace(form, (_whole, begin: string, end: string) => `${begin}\n${content.trim()}\n${end}`);
}

/** A Markdown table. Bars inside cells are escaped and line ends become spaces. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => text.replace(/\\?\|/g, '\\|').replace(/\s*\n\s*/g, ' ');
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

/** The text of a file, null where it does not exist. */
export function readIfPresent(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
