/** Asks witnesses to sign the checkpoint of a project's log. */
import { PlatformError } from '../../errors/index.ts';
import {
  addSignatures,
  consistencyProof,
  formatCosignRequest,
  parseCheckpoint,
  parseNote,
  readCheckpoint,
  tileReader,
} from '../../provenance/log/index.ts';

/** What one witness answered. */
export interface Cosigned {
  readonly witness: string;
  /** Null: it signed. */
  readonly refused: string | null;
}

const patienceMs = 10_000;
const longestAnswer = 1 << 14;

/**
 * Sends the checkpoint of a log to each witness, with a proof from what it saw last, and adds its signature to the
 * checkpoint. A witness that does not answer, or refuses, is told; the others are asked all the same.
 * @param folder of the log
 * @param witnesses their addresses, without `/add-checkpoint`
 * @throws PlatformError PROVENANCE_LOG_BAD where there is no checkpoint
 */
export async function cosignLog(folder: string, witnesses: readonly string[]): Promise<Cosigned[]> {
  const checkpoint = await readCheckpoint(folder);
  if (checkpoint === null)
    throw new PlatformError('PROVENANCE_LOG_BAD', { message: `expected a checkpoint in ${folder}, found none` });
  const asked = await Promise.all(
    witnesses.map(async (witness) => {
      try {
        return { witness, lines: await ask(witness, { folder, checkpoint }), refused: null };
      } catch (error) {
        return { witness, lines: '', refused: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
  await addSignatures(folder, checkpoint, asked.map(({ lines }) => lines).join(''));
  return asked.map(({ witness, refused }) => ({ witness, refused }));
}

interface Question {
  readonly folder: string;
  readonly checkpoint: string;
}

/** The signature lines of a witness. It says itself what it saw last, where that is not nothing. */
async function ask(witness: string, { folder, checkpoint }: Question): Promise<string> {
  const { size } = parseCheckpoint(parseNote(checkpoint).text);
  const reader = tileReader(folder, size);
  let oldSize = 0;
  for (let attempt = 0; attempt < 2; attempt++) {
    const proof = oldSize === 0 || oldSize === size ? [] : consistencyProof(oldSize, size, reader);
    const { status, body } = await post(witness, formatCosignRequest({ oldSize, proof, checkpoint }));
    if (status === 200) return requireSignatures(checkpoint, body);
    if (status !== 409) throw new Error(`it answered ${status}: ${body.trim().slice(0, 200)}`);
    oldSize = Number(body.trim());
    if (!Number.isSafeInteger(oldSize) || oldSize < 0) throw new Error('it answered 409 without a size');
    if (oldSize > size) throw new Error(`it saw ${oldSize} entries of this log, which has ${size}: entries were lost`);
  }
  throw new Error('it saw the log grow while it was asked');
}

async function post(witness: string, body: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${witness.replace(/\/$/, '')}/add-checkpoint`, {
    method: 'POST',
    body,
    signal: AbortSignal.timeout(patienceMs),
    redirect: 'error',
  }).catch((error: Error) => {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new Error(`it does not answer: ${error.message}${cause}`, { cause: error });
  });
  const text = await response.text();
  return { status: response.status, body: text.slice(0, longestAnswer) };
}

/** Lines that can stand below the checkpoint; whether anybody trusts whom they are of is decided where it is verified. */
function requireSignatures(checkpoint: string, lines: string): string {
  const whole = lines.endsWith('\n') ? lines : `${lines}\n`;
  parseNote(`${checkpoint}${whole}`);
  return whole;
}
