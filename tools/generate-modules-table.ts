/* Writes the table of modules into ARCHITECTURE.md, between its markers, from modules.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable, replaceBetweenMarkers, writeOrCheck } from './generated.ts';
import type { ModulesFile } from './module-graph.ts';
import { repositoryRoot } from './problem.ts';

const page = 'ARCHITECTURE.md';
const { floors, modules } = JSON.parse(readFileSync(join(repositoryRoot, 'modules.json'), 'utf8')) as ModulesFile;

const rows: string[][] = [];
const waiting: string[] = [];
for (const floor of floors) {
  let floorName = floor.name;
  for (const [name, purpose] of Object.entries(floor.modules)) {
    const rules = modules[name];
    if (rules === undefined) {
      waiting.push(`\`${name}/\` (${floor.name}): ${purpose}`);
      continue;
    }
    const vendors = Object.entries(rules.vendors ?? {}).map(([vendor, places]) => {
      const where = [places].flat().filter((place) => place !== '.');
      return where.length === 0
        ? `\`${vendor}\``
        : `\`${vendor}\` in ${where.map((place) => `\`${place}\``).join(', ')}`;
    });
    rows.push([floorName, `\`${name}/\``, purpose, rules.imports.join(', ') || '–', vendors.join('; ') || '–']);
    floorName = '';
  }
}
const table = markdownTable(['floor', 'module', 'what it is for', 'may import', 'outside packages'], rows);
const rest =
  waiting.length === 0
    ? ''
    : `\n\nNot made yet, each at its place in the order:\n\n${waiting.map((line) => `- ${line}`).join('\n')}`;
const text = replaceBetweenMarkers(readFileSync(join(repositoryRoot, page), 'utf8'), 'modules', table + rest);
writeOrCheck('tools/generate-modules-table.ts', new Map([[page, text]]));
