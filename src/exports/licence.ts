/** Licences as declared, in the words of formats that tell SPDX expressions from other texts. */

const id = String.raw`[A-Za-z0-9][A-Za-z0-9.-]*\+?`;
const single = new RegExp(`^${id}$`);
const word = new RegExp(`^(?:${id}|\\(|\\))$`);

/** Whether a text has the form of an SPDX expression; that its ids are those of licences, nobody can tell without the list. */
export function isLicenceExpression(text: string): boolean {
  const words = text.replace(/[()]/g, ' $& ').trim().split(/\s+/);
  const operands = words.filter((one) => !['(', ')', 'AND', 'OR', 'WITH'].includes(one));
  const operators = words.filter((one) => ['AND', 'OR', 'WITH'].includes(one));
  const open = words.filter((one) => one === '(').length;
  const isBalanced = open === words.filter((one) => one === ')').length;
  return isBalanced && operands.length === operators.length + 1 && words.every((one) => word.test(one));
}

/** The page of the licence at SPDX where a text is the id of one; else the text. */
export function licenceAddress(text: string): string {
  return isSingleId(text) ? `https://spdx.org/licenses/${text}` : text;
}

/** Whether a text is one id alone, of a licence that SPDX lists: those of one's own begin with LicenseRef-. */
export function isSingleId(text: string): boolean {
  return single.test(text) && !text.startsWith('LicenseRef-');
}
