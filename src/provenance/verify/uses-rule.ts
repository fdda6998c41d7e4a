/**
 * A gate states which uses of its sealed part the ledger held. Whoever puts the ledger and its second memory back can have a gate
 * state fewer; what gates of other runs stated stands in the log, where it cannot be put back without being found.
 */
import { member, text } from '../json-members.ts';
import type { RunCase } from './case.ts';
import type { GateUse, GateUses } from './run-on-record.ts';

/** The use that a predicate states, where the ledger held it; null for anything else. */
export function readGateUse(predicate: unknown): Omit<GateUse, 'statement' | 'place'> | null {
  const gate = member(predicate, 'mlspec_gate');
  const use = lineOf(member(gate, 'use'));
  return use !== null && ledgerOf(gate).some((line) => isSame(line, use)) ? use : null;
}

/** Every earlier use that the ledger of a gate of the run leaves out. */
export function usesLeftOut({ assertions }: RunCase, { uses, unseen }: GateUses): string[] {
  return assertions.flatMap(({ predicate, place, digest }) => {
    const own = readGateUse(predicate);
    if (own === null || place === null) return [];
    const gate = member(predicate, 'mlspec_gate');
    const ledger = ledgerOf(gate);
    const earlier = uses.filter((one) => one.part === own.part && one.place < place && one.statement !== digest);
    const lost = earlier.filter((one) => !ledger.some((line) => isSame(line, one)));
    const name = text(member(gate, 'gate')) ?? 'a gate';
    return [
      ...lost.map((one) => `the ledger of ${name} leaves out the use that entry ${one.place} of the log is of`),
      ...unseen
        .filter((one) => one < place)
        .map((one) => `nothing shows whether entry ${one} of the log is of a use of the part of ${name}`),
    ];
  });
}

type Line = Pick<GateUse, 'part' | 'gateDigest' | 'model'>;

function ledgerOf(gate: unknown): readonly Line[] {
  const lines = member(gate, 'ledger');
  return Array.isArray(lines) ? lines.flatMap((line) => lineOf(line) ?? []) : [];
}

function lineOf(value: unknown): Line | null {
  const [part, gateDigest, model] = ['part', 'gateDigest', 'model'].map((name) => text(member(value, name)));
  return part == null || gateDigest == null || model == null ? null : { part, gateDigest, model };
}

function isSame(a: Line, b: Line): boolean {
  return a.gateDigest === b.gateDigest && a.model === b.model;
}
