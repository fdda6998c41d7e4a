import type { Spool, SpoolSending } from '../app/index.ts';
import type { SpoolSenderOptions } from '../server/spool/index.ts';

/** What the sender of a spool works with. */
export function senderOptions(spool: Spool, { target, signal, say }: SpoolSending): SpoolSenderOptions {
  return {
    journal: spool.journal,
    server: target,
    files: spool.artifacts.paths,
    experimentName: async (id) => (await spool.tracking.getExperiment(id)).name,
    ...{ signal, say },
  };
}
