import { PlatformError } from '../errors/index.ts';

/**
 * A number at least 0 and at most `most` that an option was given, or a share such as 1%.
 * @throws PlatformError CONFIG_BAD_VALUE for anything else
 */
export function numberOf(text: string, name: string, most: number): number {
  const [, digits, percent] = /^(\d+(?:\.\d*)?(?:e-?\d+)?|\.\d+)(%?)$/i.exec(text.trim()) ?? [];
  const value = digits === undefined ? Number.NaN : Number(digits) / (percent === '%' ? 100 : 1);
  if (value <= most) return value;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${name} to be a number from 0${Number.isFinite(most) ? ` to ${most}, or a share such as 1%` : ''}, found ${JSON.stringify(text)}`,
  });
}
