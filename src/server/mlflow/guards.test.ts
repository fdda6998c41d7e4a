import { describe, expect, it } from 'vitest';
import { type GuardOptions, refusal } from './guards.ts';

const nobody: GuardOptions = { allowedHosts: [], allowedOrigins: [] };
const asked = (host: string | undefined, more: { method?: string; origin?: string } = {}, options = nobody) =>
  refusal({ method: more.method ?? 'GET', host, origin: more.origin }, options);

describe('the host of a request', () => {
  it.each([
    'localhost',
    'localhost:5000',
    'LOCALHOST:5000',
    'app.localhost',
    '127.0.0.1:5000',
    '127.1.2.3',
    '[::1]:5000',
    '10.0.0.7:80',
    '192.168.1.9',
    '172.16.0.1',
    '172.31.255.255',
    '[fd00::1]:5000',
    '[fe80::1]',
  ])('%s is near', (host) => expect(asked(host)).toBe(null));

  it.each([
    undefined,
    '',
    'example.org',
    'localhost.example.org',
    '127.0.0.1.example.org',
    '8.8.8.8',
    '172.32.0.1',
    '11.0.0.1',
    '[2001:db8::1]',
    'evil.org@localhost',
    'localhost/evil',
    'localhost evil',
    'local\\host',
    '0x7f.evil',
  ])('%s is refused', (host) => expect(asked(host)).toMatch(/^Invalid Host header/));

  it('is allowed by name, with everything below it, or all of them', () => {
    const names = (...allowedHosts: string[]) => ({ ...nobody, allowedHosts });
    expect(asked('ml.example.org:5000', {}, names('ml.example.org'))).toBe(null);
    expect(asked('ml.example.org:5000', {}, names('ml.example.org:5000'))).toBe(null);
    expect(asked('a.example.org', {}, names('*.example.org'))).toBe(null);
    expect(asked('aexample.org', {}, names('*.example.org'))).not.toBe(null);
    expect(asked('anything', {}, names('*'))).toBe(null);
  });
});

describe('the origin of a request', () => {
  const post = (origin: string, options = nobody) => asked('localhost:5000', { method: 'POST', origin }, options);

  it('of another page must not change anything', () => {
    for (const origin of ['https://evil.org', 'null', 'http://localhost.evil.org', 'file://']) {
      expect(post(origin), origin).toMatch(/^Cross-origin request blocked/);
      expect(asked('localhost:5000', { origin })).toBe(null);
    }
  });

  it('of the server itself, of this machine, or one that was allowed may', () => {
    expect(post('http://localhost:5000')).toBe(null);
    expect(post('http://127.0.0.1:3000')).toBe(null);
    expect(post('https://app.example.org', { ...nobody, allowedOrigins: ['https://app.example.org'] })).toBe(null);
    expect(post('https://app.example.org', { ...nobody, allowedOrigins: ['*'] })).toBe(null);
    expect(post('http://app.example.org', { ...nobody, allowedOrigins: ['https://app.example.org'] })).not.toBe(null);
  });
});
