/**
 * Conditions in SQL as conditions of checks, where they are made of columns, constants, comparisons, `in`, `between`, `is null`, `and`, `or`, `not` and
 * arithmetic: of those both say the same, of missing values too. Anything else is refused.
 */
import { type Expression, parseExpression } from '../spec/index.ts';
import { NotTaken } from './not-taken.ts';

const word =
  /\s+|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`([^`]*)`|(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)|([\p{L}_][\p{L}\p{M}\p{N}_]*)|(<>|!=|<=|>=|==|[-+*/=<>(),])/uy;
const keywords = new Set(['and', 'or', 'not', 'in', 'between', 'is', 'null', 'true', 'false']);

/** A condition over the columns of a row. @throws NotTaken of one that a check has no words for */
export function sqlCondition(sql: string): Expression {
  const shown = JSON.stringify(sql.slice(0, 100));
  const { expression, findings } = parseExpression(translated(sql, shown));
  if (expression === null || findings.length > 0)
    throw new NotTaken(`the SQL ${shown} is no condition that can be read here: ${findings[0]?.message ?? ''}`);
  if (!isKnown(expression)) throw new NotTaken(`the SQL ${shown} says more than a condition here can`);
  return expression;
}

/** The same words as a check writes them. */
function translated(sql: string, shown: string): string {
  const out: string[] = [];
  let isList = false;
  for (word.lastIndex = 0; word.lastIndex < sql.length; ) {
    const at = word.lastIndex;
    const found = word.exec(sql);
    if (found === null)
      throw new NotTaken(`the SQL ${shown} has ${JSON.stringify(sql.slice(at, at + 10))}, which is not read`);
    const [whole, text, quoted, ticked, number, name, sign] = found;
    if (text !== undefined) out.push(`'${text}'`);
    else if (quoted !== undefined || ticked !== undefined)
      out.push(tick((quoted ?? ticked ?? '').replaceAll('""', '"')));
    else if (name !== undefined) out.push(keywords.has(name.toLowerCase()) ? name.toLowerCase() : tick(name));
    else if (sign !== undefined) {
      if (sign === '(' && out.at(-1) === 'in') isList = true;
      out.push(isList && (sign === '(' || sign === ')') ? (sign === '(' ? '[' : ']') : signOf(sign));
      if (sign === ')') isList = false;
    } else if (number !== undefined) out.push(number);
    else if (whole.trim() !== '') throw new NotTaken(`the SQL ${shown} is not read`);
  }
  return out.join(' ');
}

function signOf(sign: string): string {
  if (sign === '=') return '==';
  return sign === '<>' ? '!=' : sign;
}

function tick(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function isKnown(expression: Expression): boolean {
  switch (expression.kind) {
    case 'name':
    case 'number':
    case 'string':
    case 'boolean':
    case 'null':
      return true;
    case 'list':
      return expression.items.every(isKnown);
    case 'unary':
      return isKnown(expression.operand);
    case 'binary':
      return isKnown(expression.left) && isKnown(expression.right);
    default:
      return false;
  }
}
