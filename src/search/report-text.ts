/** Texts of reports: Markdown, reStructuredText and plain text as they are, HTML without what is not shown. */

/** Of a longer report the beginning is found. */
const longestReport = 20_000;
/** What nobody reads: pictures inside documents, keys, rows of data without spaces. */
const longestPiece = 200;

/** A report as it is kept: a line for each paragraph. */
export interface ReportText {
  /** Its name, and how much of it is found where that is not all. */
  readonly name: string;
  readonly text: string;
}

/** The text of a report; null for a file that is no text. */
export function reportText(name: string, bytes: Buffer): ReportText | null {
  if (bytes.includes(0)) return null;
  const whole = bytes.toString('utf8');
  return cutReport(name, /\.html?$/i.test(name) ? shownOf(whole) : whole);
}

/** A report of which the beginning is kept. */
export function cutReport(name: string, whole: string): ReportText {
  const paragraphs = whole
    .split(/\r?\n[^\S\n]*\r?\n/)
    .map((paragraph) => paragraph.split(/\s+/).filter(isRead).join(' '))
    .filter((paragraph) => paragraph !== '');
  const text = paragraphs.join('\n');
  if (text.length <= longestReport) return { name, text };
  const said = `first ${longestReport.toLocaleString('en')} of ${text.length.toLocaleString('en')} characters`;
  return { name: `${name} (${said})`, text: text.slice(0, longestReport).toWellFormed() };
}

function isRead(piece: string): boolean {
  return piece !== '' && piece.length <= longestPiece;
}

const hidden = ['script', 'style', 'svg', 'template'];
const inline = new Set([
  'a',
  'b',
  'i',
  'em',
  'strong',
  'code',
  'span',
  'sub',
  'sup',
  'small',
  'mark',
  'abbr',
  'kbd',
  'u',
]);

/** What a page shows, in one pass from the left, so that no page takes long. */
function shownOf(html: string): string {
  const parts: string[] = [];
  const lower = html.toLowerCase();
  for (let at = 0; at < html.length; ) {
    const tag = html.indexOf('<', at);
    parts.push(html.slice(at, tag === -1 ? html.length : tag));
    if (tag === -1) break;
    const name = /^<\/?([a-z][a-z0-9]*)/.exec(lower.slice(tag, tag + 20))?.[1] ?? '';
    if (!inline.has(name)) parts.push('\n\n');
    at = endOfTag(lower, tag, name);
  }
  return withoutEntities(parts.join(''));
}

/** Where what begins at a tag ends; the end of the page where it does not. */
function endOfTag(lower: string, tag: number, name: string): number {
  const behind = (end: string, from: number): number => {
    const at = lower.indexOf(end, from);
    return at === -1 ? lower.length : at + end.length;
  };
  if (lower.startsWith('<!--', tag)) return behind('-->', tag + 4);
  if (hidden.includes(name) && lower[tag + 1] !== '/') return behind('>', behind(`</${name}`, tag));
  return behind('>', tag);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function withoutEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{1,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : ' ';
  });
}
