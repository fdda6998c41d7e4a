/*
 * Lays the data of the examples into their data/ folders, from the npm package vega-datasets that `npm ci` installed: no
 * network. Files that are there and equal in size stay. `node examples/prepare.mjs [EXAMPLE …]`, from any folder.
 */
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, '..', 'node_modules', 'vega-datasets', 'data');
const wanted = {
  flights: { 'flights.parquet': 'flights-3m.parquet', 'airports.csv': 'airports.csv' },
  penguins: { 'penguins.json': 'penguins.json' },
  'scikit-learn': { 'cars.json': 'cars.json' },
  lightgbm: { 'weather.csv': 'seattle-weather.csv' },
  xgboost: { 'birdstrikes.csv': 'birdstrikes.csv' },
  pytorch: { 'penguins.json': 'penguins.json' },
};

/** Copies what one example needs; the number of files copied. */
export function prepare(example, folder = join(here, example)) {
  if (!existsSync(source)) throw new Error('vega-datasets is not installed; run npm ci in the repository first');
  let copied = 0;
  for (const [name, from] of Object.entries(wanted[example])) {
    const target = join(folder, 'data', name);
    if (existsSync(target) && statSync(target).size === statSync(join(source, from)).size) continue;
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(source, from), `${target}.part`);
    renameSync(`${target}.part`, target);
    copied += 1;
  }
  return copied;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2);
  for (const example of named.length > 0 ? named : Object.keys(wanted)) {
    if (wanted[example] === undefined) {
      console.error(`there is no example "${example}"; there are ${Object.keys(wanted).join(', ')}`);
      process.exit(2);
    }
    console.log(`${example}: ${prepare(example)} files copied into examples/${example}/data`);
  }
}
