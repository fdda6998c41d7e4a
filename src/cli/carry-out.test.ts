import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '..');

/** The files that a file loads with itself: what it imports as values, and not later, when it needs it. */
function loadedWith(file: string): string[] {
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )(?:([^;']*?) from )?'(\.[^']+)';$/gm,
  );
  return [...imports].flatMap(([, names = '', path]) => {
    const inBraces = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
    const isOfTypes = inBraces?.split(',').every((name) => /^\s*(type .*)?$/s.test(name)) === true;
    return isOfTypes ? [] : [join(dirname(file), path!)];
  });
}

it('a run that changes nothing loads neither the whole program nor the language of declarations', () => {
  const loaded = new Set([join(source, 'cli', 'commands', 'run.ts'), join(source, 'cli', 'carry-out.ts')]);
  for (const file of loaded) for (const one of loadedWith(file)) loaded.add(one);
  const names = [...loaded].map((file) => relative(source, file));
  expect(names).toContain('app/run.ts');
  expect(names).toContain('pipeline/run-plan.ts');
  expect(names.filter((name) => /^(app|spec|steps|data-quality|search|server|tables)\/index\.ts$/.test(name))).toEqual(
    [],
  );
});
