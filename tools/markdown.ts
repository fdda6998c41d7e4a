/** A link of a Markdown text: where it points and on which line it stands. */
export interface MarkdownLink {
  readonly target: string;
  readonly line: number;
}

/** A fenced block: the words after the fence (`yaml mlspec`), its text, and the line of its first text line. */
export interface MarkdownBlock {
  readonly info: string;
  readonly text: string;
  readonly line: number;
}

/** What the checks need of a Markdown text. */
export interface MarkdownPage {
  readonly links: readonly MarkdownLink[];
  readonly blocks: readonly MarkdownBlock[];
  /** Names that `#…` may point to: headings as GitHub writes them, and explicit ids. */
  readonly anchors: ReadonlySet<string>;
}

const linkForm = /!?\[(?:[^\]\\]|\\.|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)/g;

/** Reads links, fenced blocks and anchors. Code, inline or fenced, holds no links. */
export function readMarkdown(text: string): MarkdownPage {
  const links: MarkdownLink[] = [];
  const blocks: MarkdownBlock[] = [];
  const anchors = new Set<string>();
  let fence: { mark: string; info: string; line: number; lines: string[] } | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    const mark = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(raw);
    if (fence !== null) {
      if (mark?.[2] === '' && mark[1]!.startsWith(fence.mark)) {
        blocks.push({ info: fence.info, text: `${fence.lines.join('\n')}\n`, line: fence.line });
        fence = null;
      } else fence.lines.push(raw);
      continue;
    }
    if (mark !== null) {
      fence = { mark: mark[1]!, info: mark[2]!.trim(), line: index + 2, lines: [] };
      continue;
    }
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(raw);
    if (heading !== null) addAnchor(anchors, slug(heading[1]!));
    for (const id of raw.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id[1]!);
    const prose = raw.replace(/`[^`]*`/g, (code) => 'x'.repeat(code.length));
    for (const link of prose.matchAll(linkForm)) links.push({ target: link[1] ?? link[2]!, line: index + 1 });
  }
  return { links, blocks, anchors };
}

/** The anchor of a heading: lower case, punctuation gone, spaces as hyphens. */
export function slug(heading: string): string {
  const plain = heading.replace(/<[^>]+>/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return plain
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

function addAnchor(anchors: Set<string>, wanted: string): void {
  let name = wanted;
  for (let count = 1; anchors.has(name); count += 1) name = `${wanted}-${count}`;
  anchors.add(name);
}
