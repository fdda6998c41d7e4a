/*
 * Invariants I1, I3 and I4: imports point down the order of `modules.json` and go through `index.ts`; the folders of a
 * module that keeps them apart do not import each other; a vendor package is imported only in its adapter's folder.
 * Permissions that nobody uses, cycles, and a graph without imports are problems too: a check that sees nothing
 * must not pass. Tests may import any lower module and any development dependency, but obey the order.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Edge, fileCycles, type ModuleGraph, readGraph } from './module-graph.ts';
import { type Problem, report, repositoryRoot } from './problem.ts';

/** All problems of the module graph below `root`. */
export function checkModules(root: string): Problem[] {
  const graph = readGraph(root);
  const development = developmentDependencies(root);
  return [
    ...checkList(graph),
    ...graph.edges.flatMap((edge) => checkEdge(graph, edge)),
    ...graph.edges.flatMap((edge) => checkVendor(graph, edge, development)),
    ...checkStale(graph),
    ...fileCycles(graph).map((cycle) => ({
      file: cycle[0]!,
      line: 0,
      rule: 'modules/cycle',
      message: `these files import each other: ${[...cycle, cycle[0]].join(' → ')}. Move what both need into a third file.`,
    })),
  ];
}

function checkList(graph: ModuleGraph): Problem[] {
  const listed = Object.keys(graph.rules.modules);
  const inList = (rule: string, message: string): Problem => ({ file: 'modules.json', line: 0, rule, message });
  const problems: Problem[] = [];
  if (graph.edges.every((edge) => edge.target === null)) {
    problems.push(
      inList('modules/empty-graph', 'no import between files was found in src/; the check would see nothing.'),
    );
  }
  for (const name of graph.onDisk) {
    if (!listed.includes(name)) problems.push(inList('modules/unlisted', `src/${name}/ has no entry in modules.json.`));
  }
  for (const name of listed) {
    if (!graph.order.includes(name)) problems.push(inList('modules/no-floor', `${name} stands on no floor.`));
    if (!graph.onDisk.includes(name)) {
      problems.push(
        inList('modules/absent', `${name} has an entry but no code; a module is made when its first code is.`),
      );
    }
  }
  for (const [name, purpose] of graph.rules.floors.flatMap((floor) => Object.entries(floor.modules))) {
    if (!purpose) problems.push(inList('modules/no-purpose', `${name} needs a purpose in one line.`));
  }
  const ordered = [...listed].sort((a, b) => graph.order.indexOf(a) - graph.order.indexOf(b));
  if (ordered.join() !== listed.join()) {
    problems.push(inList('modules/order', `entries stand in the order of the floors: ${ordered.join(', ')}.`));
  }
  return problems;
}

function checkEdge(graph: ModuleGraph, edge: Edge): Problem[] {
  if (edge.target === null) return [];
  const at = (rule: string, message: string): Problem[] => [
    { file: edge.file, line: edge.imported.line, rule, message },
  ];
  const { fromModule, toModule, target } = edge;
  if (toModule === null) {
    if (edge.test || target === 'package.json') return [];
    return at('modules/outside', `${target} is outside src/; only tests may import it.`);
  }
  if (edge.imported.star) return at('modules/star', 'list the names; `export *` hides what is public.');
  if (toModule === fromModule) return checkInside(graph, edge);
  if (toModule === '') return at('modules/upward', `nothing in src/ imports ${target}.`);
  const doors = ['index.ts', ...(graph.rules.modules[toModule]?.doors ?? [])];
  if (!doors.some((door) => target === `src/${toModule}/${door}`)) {
    return at('modules/bypassed-index', `import ../${toModule}/index.ts instead of ${target}.`);
  }
  if (fromModule === '') return [];
  if (graph.order.indexOf(toModule) > graph.order.indexOf(fromModule)) {
    return at('modules/upward', `${fromModule} stands below ${toModule} and cannot import it.`);
  }
  if (!edge.test && !graph.rules.modules[fromModule]?.imports.includes(toModule)) {
    return at('modules/not-allowed', `modules.json does not allow ${fromModule} to import ${toModule}.`);
  }
  return [];
}

function checkInside(graph: ModuleGraph, edge: Edge): Problem[] {
  const at = (rule: string, message: string): Problem[] => [
    { file: edge.file, line: edge.imported.line, rule, message },
  ];
  const { fromModule, target } = edge;
  if (fromModule !== '' && target === `src/${fromModule}/index.ts` && !edge.test) {
    return at('modules/own-index', 'inside a module import the file itself, not index.ts.');
  }
  const folder = (path: string) => (path.split('/').length > 3 ? path.split('/')[2] : null);
  const [here, there] = [folder(edge.file), folder(target!)];
  if (graph.rules.modules[fromModule]?.apart && here !== null && there !== null && here !== there) {
    return at('modules/apart', `folders of ${fromModule} do not import each other: ${here} → ${there}.`);
  }
  return [];
}

function checkVendor(graph: ModuleGraph, edge: Edge, development: ReadonlySet<string>): Problem[] {
  if (edge.vendor === null) return [];
  if (edge.test && (development.has(edge.vendor) || edge.vendor.startsWith('node:'))) return [];
  const vendors = graph.rules.modules[edge.fromModule]?.vendors ?? {};
  const folders = [vendors[edge.vendor] ?? []].flat();
  const inside = (folder: string) => folder === '.' || edge.file.startsWith(`src/${edge.fromModule}/${folder}`);
  if (folders.some(inside) || (edge.test && folders.length > 0)) return [];
  const where = Object.entries(graph.rules.modules)
    .flatMap(([name, rules]) => [rules.vendors?.[edge.vendor!] ?? []].flat().map((folder) => `src/${name}/${folder}`))
    .join(', ');
  const message = `${edge.vendor} may be imported only in ${where || 'the folder of an adapter that modules.json names'}.`;
  return [{ file: edge.file, line: edge.imported.line, rule: 'modules/vendor', message }];
}

function checkStale(graph: ModuleGraph): Problem[] {
  const problems: Problem[] = [];
  const stale = (message: string): void => {
    problems.push({ file: 'modules.json', line: 0, rule: 'modules/stale', message });
  };
  for (const [name, rules] of Object.entries(graph.rules.modules)) {
    const own = graph.edges.filter((edge) => edge.fromModule === name && !edge.test);
    for (const allowed of rules.imports) {
      if (!own.some((edge) => edge.toModule === allowed))
        stale(`${name} may import ${allowed} and does not; remove it.`);
    }
    for (const door of rules.doors ?? []) {
      const used = graph.edges.some((edge) => edge.fromModule !== name && edge.target === `src/${name}/${door}`);
      if (!used) stale(`${door} is a door of ${name} and nobody uses it; remove it.`);
    }
    for (const [vendor, places] of Object.entries(rules.vendors ?? {})) {
      for (const place of [places].flat()) {
        const inside = (edge: Edge) => place === '.' || edge.file.startsWith(`src/${name}/${place}`);
        if (!own.some((edge) => edge.vendor === vendor && inside(edge))) {
          stale(`${name} may import ${vendor} in ${place} and does not; remove it.`);
        }
      }
    }
  }
  return problems;
}

function developmentDependencies(root: string): Set<string> {
  const path = join(root, 'package.json');
  if (!existsSync(path)) return new Set();
  const described = JSON.parse(readFileSync(path, 'utf8')) as { devDependencies?: Record<string, string> };
  return new Set(Object.keys(described.devDependencies ?? {}));
}

if (import.meta.main) {
  const graph = readGraph(repositoryRoot);
  report('modules', checkModules(repositoryRoot), `${graph.files.length} files, ${graph.edges.length} imports`);
}
