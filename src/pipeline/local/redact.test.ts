import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, redactionMark, redactJson, redactText } from './redact.ts';

function inPieces(text: string, secrets: readonly string[], cuts: readonly number[]): string {
  const redactor = createRedactor(secrets);
  let out = '';
  let from = 0;
  for (const cut of [...cuts].map((share) => Math.floor(share * text.length)).sort((a, b) => a - b)) {
    out += redactor.push(text.slice(from, Math.max(from, cut)));
    from = Math.max(from, cut);
  }
  return out + redactor.push(text.slice(from)) + redactor.end();
}

describe('createRedactor', () => {
  it('finds a secret that comes in two pieces', () => {
    const redactor = createRedactor(['hunter2-secret']);
    expect(redactor.push('a hunter2-') + redactor.push('secret b') + redactor.end()).toBe('a [secret] b');
  });

  it('forgets nothing of a secret whose beginning has left already when nothing further comes', () => {
    const redactor = createRedactor(['abcd', 'xxxxxxxx']);
    const out = redactor.push('abcdefgh') + redactor.push('') + redactor.push('') + redactor.end();
    expect(out).toBe('[secret]efgh');
  });

  it('removes the longer of two secrets where one begins with the other, also in pieces', () => {
    const redactor = createRedactor(['pass', 'password123']);
    expect(redactor.push('x pass') + redactor.push('word123 y') + redactor.end()).toBe('x [secret] y');
  });

  it('removes all of overlapping secrets', () => {
    expect(redactText('1abcd2', ['abc', 'bcd'])).toBe('1[secret]2');
    expect(redactText('aaaaa', ['aa'])).toBe('[secret]');
  });

  it('removes base64, percent-encoded and JSON forms', () => {
    const secret = 'pä"ss w/örd\n!';
    const text = [Buffer.from(secret).toString('base64'), encodeURIComponent(secret), JSON.stringify({ secret })];
    for (const form of text) {
      const clean = redactText(`<${form}>`, [secret]);
      expect(clean).toContain(redactionMark);
      expect(clean).not.toContain(form.replace(/[={}"]/g, '').slice(2, 12));
    }
  });

  it('holds back nothing but what may be the beginning of a secret', () => {
    const redactor = createRedactor(['secret-of-many-characters']);
    expect(redactor.push('begun\n')).toBe('begun\n');
    expect(redactor.push('a sec')).toBe('a ');
    expect(redactor.push('ond')).toBe('second');
    expect(redactor.end()).toBe('');
  });

  it('leaves text alone where there is no secret, and holds back nothing then', () => {
    expect(createRedactor([]).push('abc')).toBe('abc');
    expect(createRedactor(['']).push('abc')).toBe('abc');
  });

  it('answers the same whatever the pieces, and never lets a secret through', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 3 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 60 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        (secrets, text, cuts) => {
          const whole = redactText(text, secrets);
          expect(inPieces(text, secrets, cuts)).toBe(whole);
          const open = whole.split(redactionMark);
          for (const secret of secrets) for (const part of open) expect(part.includes(secret)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('redactJson', () => {
  it('cleans values and names at every depth', () => {
    expect(redactJson({ a: ['x tok y', 1, null], tok: { b: 'tok' } }, ['tok'])).toEqual({
      a: ['x [secret] y', 1, null],
      '[secret]': { b: '[secret]' },
    });
  });
});
