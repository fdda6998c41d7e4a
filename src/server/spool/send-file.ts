/* Files of the spool on their way to another server. */
import type { Readable } from 'node:stream';
import { parseDigest } from '../../encoding/index.ts';
import type { ArtifactPaths } from '../../tracking/index.ts';
import type { RemoteApi } from './remote-api.ts';
import type { RemoteIds } from './remote-ids.ts';

/** Where the bytes of files are. */
export type FileSource = Pick<ArtifactPaths, 'open' | 'read'>;

/** A file by what it holds, and where it goes. */
export interface SentFile {
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Smaller files are read whole and compared with their digest first. */
const readWholeBytes = 4 * 1024 * 1024;

/**
 * Sends a file. `MLmodel` names its run and its model: it is sent with the ids of the server, by which clients look for
 * both when they load it. Everything else arrives byte by byte.
 */
export async function sendFile(
  { path, digest: text, sizeBytes }: SentFile,
  { api, ids, files }: { readonly api: RemoteApi; readonly ids: RemoteIds; readonly files: FileSource },
): Promise<void> {
  const digest = parseDigest(text);
  if (sizeBytes > readWholeBytes) {
    const content: Readable = files.open(digest);
    try {
      return await api.putFile({ path, sizeBytes, content });
    } finally {
      content.destroy();
    }
  }
  const bytes = await files.read(digest);
  const isModel = path === 'MLmodel' || path.endsWith('/MLmodel');
  const content = isModel ? Buffer.from(await ids.translate(bytes.toString('utf8'))) : bytes;
  await api.putFile({ path, sizeBytes: content.length, content });
}
