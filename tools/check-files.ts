/*
 * Sizes, names and rooms of source files: at most 400 lines a file and 70 a function, kebab-case names, no folder or file
 * that is named after nothing (`utils` and its like), the environment, the clock and randomness only in their rooms
 * (invariant I6), and no note of open work without the number
 * of its issue.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTestFile, listFiles, type Problem, report, repositoryRoot } from './problem.ts';
import { functionsOf } from './source-functions.ts';
import { type Token, tokenize } from './source-tokens.ts';

const fileLineLimit = 400;
const functionLineLimit = 70;
const folders = ['src', 'tools', 'test', 'bench', 'examples'];
const forbiddenNames = new Set('utils util common shared helpers helper core manager misc'.split(' '));

/** Where each reach outside the program's values may stand, as beginnings of paths. */
const rooms: readonly {
  readonly words: readonly string[];
  readonly allowed: readonly string[];
  readonly instead: string;
}[] = [
  {
    words: ['process.env'],
    allowed: ['src/app/'],
    instead: 'take the value from the configuration that app/ reads',
  },
  {
    words: ['Date.now', 'new Date ( )', 'performance.now', 'process.hrtime'],
    allowed: ['src/encoding/clock.ts'],
    instead: 'use now() or monotonicMs() of encoding/',
  },
  {
    words: ['Math.random', 'randomUUID', 'randomBytes', 'getRandomValues'],
    allowed: ['src/encoding/random.ts'],
    instead: 'use seededRandom() or secureRandomBytes() of encoding/',
  },
];

/** All problems of the TypeScript files below `root`. */
export function checkFiles(root: string): Problem[] {
  return folders.flatMap((folder) => listFiles(root, folder, ['.ts', '.tsx'])).flatMap((file) => checkFile(root, file));
}

function checkFile(root: string, file: string): Problem[] {
  const source = readFileSync(join(root, file), 'utf8');
  const tokens = tokenize(source);
  const code = tokens.filter((token) => token.kind !== 'comment');
  const lineCount = source.split('\n').length - (source.endsWith('\n') ? 1 : 0);
  const problems: Problem[] = [...checkName(file), ...checkTodos(file, tokens)];
  const add = (line: number, rule: string, message: string): void => {
    problems.push({ file, line, rule, message });
  };
  if (lineCount > fileLineLimit)
    add(0, 'files/length', `${lineCount} lines; the ceiling is ${fileLineLimit}. Split it.`);
  if (!isTestFile(file)) {
    for (const found of functionsOf(code)) {
      if (found.lineCount > functionLineLimit) {
        add(
          found.line,
          'files/function-length',
          `${found.name} has ${found.lineCount} lines; the ceiling is ${functionLineLimit}.`,
        );
      }
    }
  }
  if (file.startsWith('src/') && !isTestFile(file)) problems.push(...checkRooms(file, code));
  return problems;
}

function checkName(file: string): Problem[] {
  const problems: Problem[] = [];
  const parts = file.split('/');
  for (const part of parts) {
    const bare = part.replace(/(\.test|\.d)?\.tsx?$/, '');
    if (forbiddenNames.has(bare)) {
      problems.push({
        file,
        line: 0,
        rule: 'files/empty-name',
        message: `"${bare}" says nothing; name it after what it holds.`,
      });
    }
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(part) && !part.startsWith('.')) {
      problems.push({ file, line: 0, rule: 'files/kebab-case', message: `"${part}" is not kebab-case.` });
    }
  }
  return problems;
}

function checkTodos(file: string, tokens: readonly Token[]): Problem[] {
  const problems: Problem[] = [];
  for (const token of tokens) {
    if (token.kind !== 'comment') continue;
    for (const [offset, text] of token.text.split('\n').entries()) {
      if (/\b(TODO|FIXME|XXX|HACK)\b/.test(text) && !/\b(TODO|FIXME|XXX|HACK)\b:? ?\(?#\d+/.test(text)) {
        const message = 'a TODO names its issue, as in TODO(#12).';
        problems.push({ file, line: token.line + offset, rule: 'files/todo', message });
      }
    }
  }
  return problems;
}

function checkRooms(file: string, code: readonly Token[]): Problem[] {
  const problems: Problem[] = [];
  for (const [index, token] of code.entries()) {
    if (token.kind !== 'word') continue;
    const text = code.slice(index, index + 4).map((part) => part.text);
    const member = text[1] === '.' ? `${text[0]}.${text[2]}` : '';
    const emptyDate =
      text.slice(0, 2).join(' ') === 'new Date' && (text[2] !== '(' || text[3] === ')') ? 'new Date ( )' : '';
    for (const { words, allowed, instead } of rooms) {
      const word = words.find((w) => w === member || w === emptyDate || (w === token.text && text[1] === '('));
      if (word === undefined || allowed.some((room) => file.startsWith(room))) continue;
      const message = `${word.replace(' ( )', '()')} belongs in ${allowed.join(', ')}; ${instead}.`;
      problems.push({ file, line: token.line, rule: 'files/room', message });
    }
  }
  return problems;
}

if (import.meta.main) report('files', checkFiles(repositoryRoot), folders.join(', '));
