import { expect, it } from 'vitest';
import { digestOf } from '../../encoding/index.ts';
import { newSigner } from '../fixtures/new-signer.ts';
import { type Trust, withKey } from '../keys/trust.ts';
import { toTrusted } from '../local/keyring.ts';
import { referenceStatement } from '../reference-statement.ts';
import { envelopeOf, signStatement } from '../sign-statement.ts';
import type { Signer } from '../signer.ts';
import { openCase, type RunCase } from './case.ts';
import { type Presented, presentedDigest } from './evidence.ts';

const [exporter, stranger] = [newSigner(), newSigner()];
const trust: Trust = withKey(
  { keys: [], thresholds: {} },
  toTrusted(exporter, { name: 'exporter', roles: ['runner'] }),
);
const subjects = [{ name: 'model/m', digest: digestOf('model') }];
const references = [{ name: 'm "x"\n.json', digest: digestOf('file'), mediaType: 'application/json' }];

async function bound(run: string, signer: Signer): Promise<Presented> {
  const statement = referenceStatement({ run, attester: signer.keyId, subjects, references });
  return { envelope: envelopeOf(await signStatement(statement, [signer], 0)), place: 4 };
}

const caseOf = (...about: Presented[]): RunCase =>
  openCase({ run: 'run_1', origin: 'log', about, executions: [], originals: [], witnesses: [], logged: null }, trust);

it('is shown with what it was bound to, by whom, and where the log has it', async () => {
  const good = await bound('run_1', exporter);
  const found = caseOf(good);
  const statement = presentedDigest(good);
  expect(found.references).toEqual([{ statement, ...references[0], subjects, signedBy: [exporter.keyId], place: 4 }]);
  expect([found.unsigned, found.unlogged]).toEqual([[], []]);
});

it('is not shown where nobody trusted signed it, it was changed, or it is of another run; nothing else changes', async () => {
  const good = await bound('run_1', exporter);
  const changed = good.envelope.payload.replace(/^(.{200})./, '$1A');
  for (const one of [
    await bound('run_1', stranger),
    await bound('run_2', exporter),
    { ...good, envelope: { ...good.envelope, payload: changed } },
  ]) {
    expect(caseOf(one).references).toEqual([]);
  }
  // Beside that it is shown.
  const rest = (of: RunCase): Partial<RunCase> => ({ ...of, references: [], shown: new Set(), first: null });
  expect(rest(caseOf(await bound('run_1', stranger)))).toEqual(rest(caseOf()));
  expect(rest(caseOf(good))).toEqual(rest(caseOf()));
});
