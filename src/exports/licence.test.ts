import { describe, expect, it } from 'vitest';
import { isLicenceExpression, licenceAddress } from './licence.ts';

describe('a licence', () => {
  it.each(['MIT', 'Apache-2.0', 'GPL-2.0+', 'LicenseRef-House', '(MIT OR Apache-2.0) AND CC-BY-4.0', 'A WITH B'])(
    '%s has the form of an SPDX expression',
    (text) => expect(isLicenceExpression(text)).toBe(true),
  );
  it.each([
    '',
    'ask the station',
    'MIT OR',
    'AND',
    '(MIT',
    'MIT, Apache-2.0',
    'https://example.org/licence',
    'MIT MIT',
  ])('%j has not', (text) => expect(isLicenceExpression(text)).toBe(false));
  it('has a page at SPDX where it is one id', () => {
    expect(licenceAddress('CC0-1.0')).toBe('https://spdx.org/licenses/CC0-1.0');
    for (const text of ['MIT OR ISC', 'LicenseRef-House', 'ask the station']) expect(licenceAddress(text)).toBe(text);
  });
});
