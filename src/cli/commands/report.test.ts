import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../../test/program.ts';
import { testPython } from '../../../tools/python-env.ts';

const hostile = `"<script>alert('x')</script>"`;

describe('mlspec report', () => {
  let folder = '';
  let keys = '';
  let page = '';
  const mlspec = (...args: string[]) => {
    const env = { ...process.env, MLSPEC_PYTHON: testPython(), MLSPEC_KEYS_DIR: keys, NO_COLOR: '1' };
    return spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' });
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlspec-report-'));
    keys = mkdtempSync(join(tmpdir(), 'mlspec-report-keys-'));
    const rows = Array.from({ length: 300 }, (_, index) => {
      const x = (index * 37) % 101;
      return `${index},${x},${index % 3 === 0 ? hostile : 'plain'},${x + (index % 11) > 50 ? 'yes' : 'no'}`;
    });
    writeFileSync(join(folder, 'table.csv'), `${['id,x,place,bought', ...rows].join('\n')}\n`);
    mlspec('init', '--yes');
    const spec = readFileSync(join(folder, 'mlspec.yaml'), 'utf8')
      .replace('  environment: requirements.txt\n', '')
      .replace('on: validation', 'on: validation, explain: [permutation_importance], slices: [place]');
    writeFileSync(join(folder, 'mlspec.yaml'), spec);
    const ran = mlspec('run');
    expect(ran.status, ran.stderr).toBe(0);
    const made = mlspec('report', 'latest', '--out', 'page.html');
    expect(made.stdout, made.stderr).toContain('wrote page.html');
    page = readFileSync(join(folder, 'page.html'), 'utf8');
  });
  afterAll(() => {
    for (const place of [folder, keys]) rmSync(place, { recursive: true, force: true });
  });

  it('shows objectives, metrics, curves, slices, importance, steps and statistics', () => {
    const titles = [...page.matchAll(/<h2>([^<]*)/g)].map((found) => found[1]);
    expect(titles).toEqual([
      'Objectives on open data',
      expect.stringMatching(/^Metrics on validation, \d+ rows$/),
      'Curves',
      'Confusion',
      'Slices',
      'Importance',
      'Parts',
      'Steps',
      // The schema against which validation held the data.
      'Kept files',
      expect.stringMatching(/^Statistics of train, \d+ rows$/),
    ]);
    expect(page.match(/<figure>/g)).toHaveLength(3);
    expect(page).toMatch(/<td>train<\/td><td>\d+<\/td><td><\/td><td>[01] [\d.]+ %, [01] [\d.]+ %<\/td><td><\/td>/);
    expect(page).toMatch(/<td>validation<\/td>.*<td>nothing<\/td>/);
    expect(page).toMatch(/accuracy<\/td><td><span title="Wilson">0\.\d+ <span class="interval">\[0\.\d+, /);
    for (const step of ['ingestion', 'splitting', 'training', 'evaluation']) expect(page).toContain(`<title>${step}:`);
  });

  it('asks for nothing outside itself and is small', () => {
    expect(page).not.toMatch(/\b(?:src|href|action)\s*=|url\(|@import|https?:/i);
    expect(page).toContain("default-src 'none'");
    expect(Buffer.byteLength(page)).toBeLessThan(2 * 1024 * 1024);
  });

  it('escapes every text of the data', () => {
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
  });

  it('has the same metrics on the command line, chosen by name', () => {
    const shown = mlspec('metrics', '--slices', '--metric', 'recall,accuracy').stdout;
    expect(shown).toMatch(/^validation .*\nrecall .*\naccuracy .*\n\nslice +value +rows +recall +accuracy\n/);
    const misspelt = mlspec('metrics', '--metric', 'acuracy').stderr;
    expect(misspelt).toContain('METRIC_UNKNOWN');
    expect(misspelt).toContain('Did you mean accuracy?');
  });

  it('reports on a run that failed early', () => {
    writeFileSync(join(folder, 'table.csv'), 'id,x\n1,2\n');
    expect(mlspec('run').status).not.toBe(0);
    expect(mlspec('report').status).toBe(0);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<td>FAILED</td>');
  });
});
