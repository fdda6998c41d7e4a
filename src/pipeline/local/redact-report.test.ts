import { describe, expect, it } from 'vitest';
import { digestOf } from '../../encoding/index.ts';
import type { StepEvent } from '../invocation.ts';
import { redactEvent, redactResult } from './redact-report.ts';
import { emptyResult } from './result-document.ts';

// Values that somebody may have as a secret, and that are in the product's own words too.
const common = ['a', 'e', '5', 'code', 'files', 'status', 'complete', 'log', 'type', 'message', 'sha256'];

describe('what a step says', () => {
  it.each(common)('keeps its form where a secret is %s', (secret) => {
    const digest = digestOf('x');
    const result = redactResult(
      {
        ...emptyResult('complete'),
        outputs: { code: { properties: { [secret]: secret } } },
        values: { [secret]: [secret] },
        artifacts: [`x${secret}`],
        code: { files: [{ path: `${secret}.py`, digest }], absent: [secret] },
        error: { code: 'PIPELINE_STEP_FAILED', message: secret, traceback: secret, retryable: true },
      },
      [secret],
    );
    expect(result).toEqual({
      ...emptyResult('complete'),
      outputs: { code: { properties: { '[secret]': '[secret]' } } },
      values: { '[secret]': ['[secret]'] },
      artifacts: ['x[secret]'],
      code: { files: [{ path: expect.stringContaining('[secret]'), digest }], absent: ['[secret]'] },
      error: { code: 'PIPELINE_STEP_FAILED', message: '[secret]', traceback: '[secret]', retryable: true },
    });
    const event: StepEvent = { type: 'log', level: 'warn', message: secret, fields: { [secret]: secret }, atMs: 5 };
    expect(redactEvent(event, [secret])).toEqual({
      type: 'log',
      level: 'warn',
      message: '[secret]',
      fields: { '[secret]': '[secret]' },
      atMs: 5,
    });
  });

  it('keeps no secret in names and codes that the step made up', () => {
    const event = { type: 'metric', name: 'x-tok', value: 1, step: 0, atMs: 5, tok: 'tok' } as StepEvent;
    expect(JSON.stringify(redactEvent(event, ['tok']))).not.toContain('tok');
    const result = redactResult({ ...emptyResult('failed'), error: { code: 'tok', message: 'm' } }, ['tok']);
    expect(result.error).toEqual({ code: '[secret]', message: 'm' });
  });
});
