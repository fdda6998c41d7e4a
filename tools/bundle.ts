/*
 * The second half of `npm run build`: gathers what the command line loads into few files, `dist/bundle/`, since finding
 * and reading 700 small ones takes longer than most commands do. Steps go on to run from the files of `dist/` themselves: which of these
 * they load is part of their keys. Takes the folder of the build, by default `dist`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { repositoryRoot } from './problem.ts';

/** Packages that are taken in; they are JavaScript alone and look for no files. All others are loaded as they are. */
const takenIn = ['commander', 'yaml', 'zod'];

/** Bundles the build in a folder. */
export async function bundleProgram(dist: string): Promise<void> {
  const folder = join(dist, 'bundle');
  const bundle = await rolldown({
    input: ['main', 'server-worker'].map((name) => join(dist, 'cli', `${name}.js`)),
    platform: 'node',
    resolve: { modules: [join(repositoryRoot, 'node_modules')] },
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !takenIn.some((name) => isOf(name, id)),
    plugins: [{ name: 'own-places', transform: (code, id) => withOwnPlace(code, relative(folder, id)) }],
  });
  const minify = { mangle: false, compress: false, codegen: true };
  const { output } = await bundle.write({ dir: folder, format: 'esm', minify });
  await bundle.close();
  const written = new Set(output.map(({ fileName }) => fileName));
  for (const chunk of output) {
    if (chunk.type !== 'chunk') continue;
    for (const name of [...chunk.imports, ...chunk.dynamicImports])
      if (!written.has(name)) requireDeclared(name, chunk.fileName);
  }
  writeFileSync(join(folder, 'LICENSES.txt'), takenIn.map(licenceOf).join('\n'));
}

const { dependencies } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
  dependencies: Readonly<Record<string, string>>;
};

/** What a bundle loads is there where the package is installed: the bundler may have added help of its own. */
function requireDeclared(name: string, file: string): void {
  if (isBuiltin(name) || Object.keys(dependencies).some((known) => isOf(known, name))) return;
  throw new Error(`${file} of the bundle imports ${name}, which package.json does not declare`);
}

function isOf(name: string, id: string): boolean {
  return id === name || id.startsWith(`${name}/`);
}

/** A module goes on to find other files from where it stood before. */
function withOwnPlace(code: string, path: string): { code: string } | null {
  if (!code.includes('import.meta.url')) return null;
  return { code: code.replaceAll('import.meta.url', `new URL(${JSON.stringify(path)}, import.meta.url).href`) };
}

/** Their licences ask to be handed on with copies. */
function licenceOf(name: string): string {
  const folder = join(repositoryRoot, 'node_modules', name);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no licence`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8')}`;
}

if (import.meta.main) await bundleProgram(resolve(process.argv[2] ?? 'dist'));
