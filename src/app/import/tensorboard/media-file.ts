/* Pictures, sounds and texts of events as artifacts: `images/TAG/STEP.png`. */
import { keyFor } from '../../../tracking/index.ts';
import type { SourceFile } from '../runs/run-source.ts';

/** A picture, a sound or a text, in the bytes of its file. */
export interface Media {
  readonly kind: 'image' | 'audio' | 'text';
  readonly bytes: Uint8Array;
}

const folders = { image: 'images', audio: 'audio', text: 'text' } as const;

/** The folders of artifacts in which files are named by their steps. */
export const stepFolders: readonly string[] = Object.values(folders);

const signatures = [
  { extension: 'png', bytes: [0x89, 0x50, 0x4e, 0x47] },
  { extension: 'jpg', bytes: [0xff, 0xd8, 0xff] },
  { extension: 'gif', bytes: [0x47, 0x49, 0x46, 0x38] },
  { extension: 'wav', bytes: [0x52, 0x49, 0x46, 0x46] },
] as const;

/**
 * The artifact of a picture, sound or text; its bytes are copied.
 * @param where.index which of several of one step; null where there is one
 */
export function mediaFile(
  { kind, bytes }: Media,
  { tag, step, index }: { readonly tag: string; readonly step: bigint; readonly index: number | null },
): SourceFile & { readonly kind: 'bytes' } {
  const name = kind === 'text' ? tag.replace(/\/text_summary$/, '') : tag;
  const file = index === null ? `${step}` : `${step}-${index}`;
  return {
    kind: 'bytes',
    path: `${folders[kind]}/${keyFor(name)}/${file}.${kind === 'text' ? 'md' : extensionOf(bytes)}`,
    bytes: Buffer.from(bytes),
  };
}

function extensionOf(bytes: Uint8Array): string {
  const found = signatures.find((one) => one.bytes.every((byte, index) => bytes[index] === byte));
  return found?.extension ?? 'bin';
}
