/* The browser that tests look through: Chromium or Chrome, wherever it is; never downloaded from anywhere but Debian. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { leftOut } from '../left-out.ts';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * The program of a browser: the one that `MLSPEC_TEST_BROWSER` names, one that is installed, or Debian's, installed now where
 * this user may. False where there is none, which is said.
 */
export function findBrowser(): string | false {
  const named = process.env['MLSPEC_TEST_BROWSER'];
  if (named !== undefined) return existsSync(named) ? named : leftOut('what needs a browser', `there is no ${named}`);
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  try {
    installChromium();
    return places[0]!;
  } catch (error) {
    return leftOut('what needs a browser (MLSPEC_TEST_BROWSER says where one is)', error);
  }
}

function installChromium(): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(`none of ${places.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-qq', '--yes', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
  ])
    execFileSync('apt-get', args, { env, stdio: 'pipe', timeout: 600_000 });
}
