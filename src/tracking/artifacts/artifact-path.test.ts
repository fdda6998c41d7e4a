import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldersAbove, joinPath, nameOf, parseArtifactPath, parseFolderPath, pathLimits } from './artifact-path.ts';
import { artifactRootOf } from './artifact-root.ts';

const refused = expect.objectContaining({ code: 'TRACKING_BAD_ARTIFACT_PATH' });

test.each([
  [
    'a',
    '1/0af/artifacts/model/MLmodel',
    'with space/ünï ✓.txt',
    'a:b?c&d=e+f;g,h@i!$(1)*~\'"[]{}<>|^`',
    '.hidden',
    '...',
  ],
  [
    '%',
    '100%.txt',
    '50%25',
    'a%20b',
    '%zz',
    'CON',
    'nul.txt',
    'aux/loss',
    'C',
    'c:d',
    '-rf',
    '..a',
    'a..',
    'x'.repeat(255),
  ],
  // A slash once it is decoded leads nowhere.
  ['a%2Fb', Array(8).fill('a'.repeat(240)).join('/'), Array(100).fill('d').join('/')],
])('ordinary and odd names are names', (...paths) => {
  for (const path of paths) expect(parseArtifactPath(path)).toBe(path);
});

test.each([
  ['is empty', ['']],
  [
    'is absolute',
    ['/', '/etc/passwd', '//host/share', 'C:/windows', 'c:', 'C:', '%2Fetc/passwd', '%252Fetc', 'c%3A/x'],
  ],
  [
    '. or ..',
    [
      '.',
      '..',
      '../x',
      'a/..',
      'a/../b',
      './a',
      'a/.',
      '%2e%2e/x',
      'a/%2E./b',
      '%252e%252e%252fx',
      '..%2fx',
      'a%2f..%2fb',
    ],
  ],
  ['backslash', ['\\', 'a\\b', '..\\x', 'a%5Cb', 'a%255cb', '\\\\?\\C:\\x', '%5c%5chost']],
  ['#', ['#', 'a#b', 'a%23b', 'a%2523b']],
  [
    'control',
    ['a\u0000b', 'a\nb', '\u001b[2J', 'a\u007f', 'a\u0085', 'a%00', 'a%0d%0ab', 'a%2500', '\u{10ffff}', 'a\ufffe'],
  ],
  ['empty part', ['a//b', 'a/', 'file:///etc/passwd', 'a///']],
  ['not Unicode', ['\ud800', 'a\udfffb']],
  ['longer than', [`${'a/'.repeat(1000)}b`, 'é'.repeat(1001)]],
  ['deeper than', [Array(101).fill('d').join('/')]],
  ['more than 255', ['x'.repeat(256), `a/${'é'.repeat(128)}/b`]],
  ['many times', ['%2525252525252541']],
])('what %s is refused, and the message says so', (fault, paths) => {
  for (const path of paths) {
    expect(() => parseArtifactPath(path), path).toThrow(refused);
    expect(() => parseArtifactPath(path), path).toThrow(fault);
  }
});

test('whatever passes has no way out, in itself and however often it is decoded', () => {
  const piece = fc.constantFrom('a', '/', '.', '..', '%', '2e', '2f', '25', '5c', '00', '\\', '%2e', '%252f', 'é', '#');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      let path = pieces.join('');
      try {
        parseArtifactPath(path);
      } catch {
        return;
      }
      for (let time = 0; time < 10; time++) {
        expect(path.split('/')).not.toContain('..');
        expect(path).not.toMatch(/^\/|[\\#\0]/);
        path = path.replace(/(%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
      }
    }),
    { numRuns: 3000 },
  );
});

test('a folder may be the root, and may end with a slash', () => {
  expect(['', 'a', 'a/', 'a/b/'].map(parseFolderPath)).toEqual(['', 'a', 'a', 'a/b']);
  for (const path of ['/', '//', 'a//', '../']) expect(() => parseFolderPath(path), path).toThrow(refused);
});

test('paths are joined, taken apart and stay within their bounds', () => {
  expect(joinPath(parseFolderPath('1/run'), 'a/b')).toBe('1/run/a/b');
  expect(joinPath(parseFolderPath(''), 'a')).toBe('a');
  expect(() => joinPath(parseArtifactPath('a'), '../b')).toThrow(refused);
  const long = parseArtifactPath(Array(7).fill('x'.repeat(255)).join('/'));
  expect(() => joinPath(long, 'y'.repeat(pathLimits.partBytes))).toThrow('longer than');
  expect(nameOf(parseArtifactPath('a/b/c.txt'))).toBe('c.txt');
  expect(nameOf(parseArtifactPath('c.txt'))).toBe('c.txt');
  expect(foldersAbove(parseArtifactPath('a/b/c'))).toEqual(['a', 'a/b']);
  expect(foldersAbove(parseArtifactPath('a'))).toEqual([]);
});

test('the folder of an artifact URI, with or without a host; those of other schemes are elsewhere', () => {
  expect(artifactRootOf('mlflow-artifacts:/1/run/artifacts')).toBe('1/run/artifacts');
  expect(artifactRootOf('mlflow-artifacts://tracker:5000/1/run')).toBe('1/run');
  expect(artifactRootOf('mlflow-artifacts:/')).toBe('');
  for (const uri of ['s3://bucket/1', 'file:///tmp/1', '/tmp/1', '', 'mlflow-artifacts:1'])
    expect(() => artifactRootOf(uri), uri).toThrow(expect.objectContaining({ code: 'TRACKING_ARTIFACTS_ELSEWHERE' }));
  expect(() => artifactRootOf('mlflow-artifacts:/1/../2')).toThrow(refused);
});
