/**
 * What an unquoted word of YAML means to PyYAML, with which the original library reads: YAML 1.1 with the patterns of its
 * `resolver.py`, in which `yes` is true, `010` is eight, `1:30` is ninety and `1e3` is a text. Times stay texts here.
 */

/** A value of a scalar. */
export type Scalar = string | number | boolean | null;

const nothing = /^(?:~|null|Null|NULL|)$/;
const yes = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const no = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const whole =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const broken =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const time =
  /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/;
/** Numbers of YAML 1.2, and words of YAML 1.1 that PyYAML leaves alone. */
const elsewhere = /^(?:=|[yYnN]|0o[0-7]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$/;
const longest = 400;

/** The value of an unquoted word; infinities and NaN as such, whole numbers as doubles, exact or not. */
export function plainValue(text: string): Scalar {
  if (nothing.test(text)) return null;
  if (yes.test(text)) return true;
  if (no.test(text)) return false;
  if (text.length > longest) return text;
  if (whole.test(text)) return wholeNumber(text);
  return broken.test(text) ? brokenNumber(text) : text;
}

/** Whether an unquoted word that is a text here is something else to other readers: a time, `1e3`, `0o17`, `y`, `=`. */
export function isOtherThanText(text: string): boolean {
  return text.length <= longest && (time.test(text) || elsewhere.test(text));
}

function wholeNumber(text: string): number {
  const { sign, rest } = signed(text);
  if (rest.startsWith('0b')) return sign * Number.parseInt(rest.slice(2) || '0', 2);
  if (rest.startsWith('0x')) return sign * Number.parseInt(rest.slice(2) || '0', 16);
  if (rest.includes(':')) return sign * inSixties(rest);
  return sign * (rest.length > 1 && rest.startsWith('0') ? Number.parseInt(rest, 8) : Number(rest));
}

function brokenNumber(text: string): number {
  const { sign, rest } = signed(text.toLowerCase());
  if (rest === '.inf') return sign * Number.POSITIVE_INFINITY;
  if (rest === '.nan') return Number.NaN;
  return sign * (rest.includes(':') ? inSixties(rest) : Number(rest));
}

function signed(text: string): { readonly sign: number; readonly rest: string } {
  const bare = text.replaceAll('_', '');
  if (bare.startsWith('-')) return { sign: -1, rest: bare.slice(1) };
  return { sign: 1, rest: bare.startsWith('+') ? bare.slice(1) : bare };
}

function inSixties(text: string): number {
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
