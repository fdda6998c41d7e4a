import type { AccessStore, AuditEntry } from '../../../access/index.ts';

/** Writes lines of the audit log one batch after the other: what comes while one is written is the next. */
export interface AuditWriter {
  add(entry: AuditEntry): void;
  /** Resolves when everything that was added is written. */
  end(): Promise<void>;
}

/** @param onError hears of lines that could not be written */
export function createAuditWriter(store: AccessStore, onError: (error: unknown) => void): AuditWriter {
  const next: AuditEntry[] = [];
  let underWay: Promise<void> | null = null;
  const write = async (): Promise<void> => {
    while (next.length > 0) {
      const batch = next.splice(0, 1000);
      await store.note(batch).catch(onError);
    }
    underWay = null;
  };
  return {
    add: (entry) => {
      next.push(entry);
      underWay ??= write();
    },
    end: async () => {
      await underWay;
    },
  };
}
