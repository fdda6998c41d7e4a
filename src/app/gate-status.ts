import type { Digest } from '../encoding/index.ts';
import { bitSealOf } from '../model-ci/bit-seal.ts';
import type { LedgerEntry } from '../model-ci/ledger.ts';
import type { Config } from './config.ts';
import { type DeclaredGates, type GatePart, gateParts, withLedger } from './gate-parts.ts';
import { projectId } from './project.ts';
import { withRecord } from './records.ts';

/** A gate with what its part was used for. */
export interface GateStatus {
  readonly gate: string;
  readonly part: string;
  readonly uses: number;
  /** By all gates that ever used the part. */
  readonly usesSpent: number;
  readonly retired: boolean;
  /**
   * One line a use, oldest first. The bit of a use with feedback `none` is `with the owner` until the part is retired;
   * `open`: it was spent, and what came of it is not known yet.
   */
  readonly history: readonly {
    readonly model: string;
    readonly bit: string;
    readonly spentAtMs: number;
    /** The use log knew the use before the ledger did: the ledger was lost, or the use was spent elsewhere. */
    readonly fromLog: boolean;
  }[];
}

/** How the parts of gates stand. */
export async function gatesOf(config: Config, declared: DeclaredGates): Promise<GateStatus[]> {
  const parts = await withRecord(config, (record) => gateParts(record, declared));
  if (parts.every(({ made }) => made === null)) return parts.map((part) => ({ ...toStatus(part), retired: false }));
  const { loadOrCreateSealingKey } = await import('../provenance/index.ts');
  const seal = bitSealOf(await loadOrCreateSealingKey(config.keysDir, await projectId(config)));
  return await withLedger(config, async (ledger) => {
    const told: GateStatus[] = [];
    for (const part of parts) {
      const entries = part.made === null ? [] : await ledger.entries(part.made.digest);
      const retired = part.made !== null && (await ledger.isRetired(part.made.digest));
      const bitOf = (entry: LedgerEntry): string => {
        if (entry.closedBit === null) return entry.bit ?? 'open';
        const use = {
          part: entry.part as Digest,
          gateDigest: entry.gateDigest as Digest,
          model: entry.model as Digest,
        };
        return retired ? (seal.open(use, entry.closedBit) ?? 'closed with another key') : 'with the owner';
      };
      const history = entries.map((entry) => ({
        model: entry.model,
        bit: bitOf(entry),
        spentAtMs: entry.spentAtMs,
        fromLog: entry.fromLog,
      }));
      told.push({ ...toStatus(part), usesSpent: entries.length, retired, history });
    }
    return told;
  });
}

function toStatus({ gate, part, uses }: GatePart): Omit<GateStatus, 'retired'> {
  return { gate, part, uses, usesSpent: 0, history: [] };
}
