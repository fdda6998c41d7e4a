import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors/index.ts';
import { toStepError } from './file-trouble.ts';

describe('toStepError', () => {
  it.each([
    ['ENOSPC', 'PIPELINE_NO_SPACE'],
    ['EDQUOT', 'PIPELINE_NO_SPACE'],
    ['EACCES', 'PIPELINE_NOT_WRITABLE'],
    ['EPERM', 'PIPELINE_NOT_WRITABLE'],
    ['EROFS', 'PIPELINE_NOT_WRITABLE'],
    ['ENOENT', 'INTERNAL'],
  ])('%s is %s', (code, expected) => {
    const error = toStepError(Object.assign(new Error(`${code}: it failed, open '/x'`), { code }));
    expect(error.code).toBe(expected);
    expect(error.message).toContain('/x');
  });

  it('leaves known errors and other values alone', () => {
    const known = new PlatformError('CANCELED', { message: 'stop' });
    expect(toStepError(known)).toBe(known);
    expect(toStepError('text').code).toBe('INTERNAL');
    expect(toStepError(null).code).toBe('INTERNAL');
  });
});
