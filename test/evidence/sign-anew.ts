import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestFile } from '../../src/encoding/index.ts';
import { openLocalSigner } from '../../src/provenance/index.ts';
import { listFolder, signFolder } from '../../src/provenance/model-signing/index.ts';

/** Signs an exported run, as it lies there now, anew, with the key that signed it first. */
export async function signFolderAnew(folder: string, keysDir: string): Promise<void> {
  const { files } = await listFolder(folder, new Set(['run.sig']));
  const named = await Promise.all(
    [...files].map(async (name) => ({ name, digest: (await digestFile(join(folder, name))).digest })),
  );
  const signer = await openLocalSigner(keysDir, 'default');
  await writeFile(
    join(folder, 'run.sig'),
    await signFolder({ name: 'run', files: named, ignored: ['run.sig'] }, signer),
  );
}
