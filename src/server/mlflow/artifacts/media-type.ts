/** Shown as text, whatever it would do elsewhere. */
const textEndings = new Set(
  'txt log err out cfg conf cnf cf ini properties prop hocon toml yaml yml xml json jsonl js mjs ts py py3 r sql sh csv tsv md rst ipynb lock mlmodel mlproject'.split(
    ' ',
  ),
);

/** Pictures, sound and films, none of which can hold a program that a browser runs. */
const mediaTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  webm: 'video/webm',
};

/**
 * The media type of a file by the ending of its name. Never one that a browser runs: HTML, SVG and PDF are bytes,
 * scripts and XML are text.
 */
export function mediaTypeOf(name: string): string {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  if (textEndings.has(ending)) return 'text/plain; charset=utf-8';
  return (Object.hasOwn(mediaTypes, ending) ? mediaTypes[ending] : undefined) ?? 'application/octet-stream';
}

/** A `Content-Disposition` by which a browser keeps a file under its name instead of showing it: RFC 6266. */
export function attachment(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["%\\]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
