/** The text of a contract: YAML that readers of version 1.1 and 1.2 take for the same, one line for each property and rule. */

/** A table of a contract. */
export interface ContractTable {
  readonly name: string;
  readonly properties: readonly object[];
  readonly quality: readonly object[];
  readonly more: object;
}

/** Writes the contract of one table. */
export function contractText({ name, properties, quality, more }: ContractTable): string {
  const list = (key: string, items: readonly object[]): string[] =>
    items.length === 0 ? [] : [`    ${key}:`, ...items.map((item) => `      - ${flow(item)}`)];
  const lines = [
    'apiVersion: v3.1.0',
    'kind: DataContract',
    `id: ${flow(name)}`,
    `name: ${flow(name)}`,
    'version: 1.0.0',
    'status: draft',
    'schema:',
    `  - name: ${flow(name)}`,
    '    logicalType: object',
    ...list('properties', properties),
    ...list('quality', quality),
    ...Object.entries(more).map(([key, value]) => `    ${key}: ${flow(value)}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Words that some reader takes for something else than a text. */
const otherWords = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|none)$/i;

function flow(value: unknown): string {
  if (typeof value === 'string')
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) && !otherWords.test(value) ? value : quoted(value);
  // Without a point readers of version 1.1 take 1e+21 for a text.
  if (typeof value === 'number') return String(value).replace(/^(-?\d+)e/, '$1.0e');
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{${members.map(([key, one]) => `${flow(key)}: ${flow(one)}`).join(', ')}}`;
}

/** Between double quotes, with everything that a terminal would obey as an escape. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => {
    const code = sign.codePointAt(0)!.toString(16);
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
  });
}
