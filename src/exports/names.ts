/** Identifiers that exports make of what a run is called. All are functions of the record: the same run, the same names. */
import { type Digest, digestHex, digestOf } from '../encoding/index.ts';
import type { PackageView, RunView } from './run-view.ts';

/** A UUID (version 8, RFC 9562) made from the digest of a text. */
export function uuidOf(text: string): string {
  const hex = digestHex(digestOf(`mlspec:${text}`));
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A part of a URI: everything but letters, digits, `-`, `.`, `_` and `~` percent-encoded; lone surrogates replaced. */
export function uriPart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The URN of something of a run: `urn:mlspec:run_…:step:training`. */
export function runUrn(run: string, ...parts: readonly string[]): string {
  return ['urn:mlspec', run, ...parts].map((part, index) => (index === 0 ? part : uriPart(part))).join(':');
}

/** The URN of content. */
export function contentUrn(digest: Digest): string {
  return `urn:mlspec:content:${digestHex(digest)}`;
}

/** The URN of this program, with its version. */
export function programUrn({ program }: Pick<RunView, 'program'>): string {
  return `urn:mlspec:program:${program.version}`;
}

/** The address of a Python package. @see https://github.com/package-url/purl-spec */
export function packageUrl({ name, version }: PackageView): string {
  return `pkg:pypi/${uriPart(name.toLowerCase().replaceAll('_', '-'))}@${uriPart(version)}`;
}

/** One line of text: control characters and line ends become spaces, lone surrogates are replaced. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}
