/** Files of JSON lines, compressed. */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

const linesAtOnce = 5000;

/** Writes values, a line each, into a new file that only its owner reads. @returns how many */
export async function writeLines(path: string, portions: AsyncIterable<readonly unknown[]>): Promise<number> {
  let count = 0;
  async function* text(): AsyncGenerator<string> {
    for await (const values of portions) {
      count += values.length;
      yield values.map((value) => `${JSON.stringify(value)}\n`).join('');
    }
  }
  await pipeline(text, createGzip({ level: 4 }), createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  return count;
}

/** The values of a file, in portions. Errors of the file and of its form pass through. */
export async function* readLines<Value>(path: string): AsyncGenerator<Value[]> {
  const file = createReadStream(path);
  const unpacked = file.pipe(createGunzip());
  file.on('error', (error) => unpacked.destroy(error));
  let portion: Value[] = [];
  for await (const line of createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY })) {
    portion.push(JSON.parse(line) as Value);
    if (portion.length < linesAtOnce) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}
