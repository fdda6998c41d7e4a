/**
 * An exported run, verified from its folder alone: no record, no store, no network. Every file must stand in the signature
 * of the folder; statements, proofs and artifacts must then satisfy the same rules as where the run was carried out.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifest } from '../../artifacts/index.ts';
import { type Digest, digestOf, now, pathExists } from '../../encoding/index.ts';
import { isPlatformError, PlatformError } from '../../errors/index.ts';
import { type Envelope, parseEnvelope, provenancePredicateType } from '../../provenance/index.ts';
import { keysFor, noTrust, parseTrust, readTrust, type Trust } from '../../provenance/keys/index.ts';
import { openProof, parseProof, readLogEntry } from '../../provenance/log/index.ts';
import { checkFolder, type FolderCheck, openFolderSignature } from '../../provenance/model-signing/index.ts';
import {
  firstPlace,
  isOfOther,
  type LoggedPart,
  lowestLevel,
  type Presented,
  type RuleEvidence,
  type RunEvidence,
  type RunVerdict,
  verdictOf,
  verifyRun,
} from '../../provenance/verify/index.ts';
import type { Config } from '../config.ts';
import { policyOf, viewLogPart, witnessesOf } from '../view-log.ts';
import { findUnstated } from './check-stated.ts';
import {
  artifactPath,
  declarationPath,
  indexPath,
  keysPath,
  logPath,
  othersPath,
  planPath,
  proofPath,
  signaturePath,
  statementsPath,
} from './layout-of-files.ts';

/** The verdict, and whether everything would hold if one trusted the keys that lie in the folder. */
export interface ExportVerdict extends RunVerdict {
  readonly isConsistent: boolean;
}

/** Whether a path is the folder of an exported run, by its `run.json`, or by the statements beside the signature of one that lost it. */
export async function isExport(path: string): Promise<boolean> {
  const isThere = async (name: string): Promise<boolean> => await pathExists(join(path, name));
  return (await isThere(indexPath)) || ((await isThere(signaturePath)) && (await isThere(statementsPath)));
}

/**
 * Whether an exported run did what its layout says, by the keys that this user trusts.
 * @throws PlatformError EXPORT_BAD for a folder that is none, PROVENANCE_TRUST_BAD; CANCELED by the signal
 */
export async function verifyExport(
  config: Config,
  folder: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ExportVerdict> {
  return await verifyFolderUnder(folder, { ...options, trust: await readTrust(config.keysDir) });
}

/** The same, by a list of keys. @throws PlatformError EXPORT_BAD for a folder that is none; CANCELED by the signal */
export async function verifyFolderUnder(folder: string, reading: Reading): Promise<ExportVerdict> {
  const verifyUnder = async (trust: Trust): Promise<RunVerdict> => await verifyFiles(folder, { ...reading, trust });
  const verdict = await verifyUnder(reading.trust);
  const isConsistent = verdict.isGood || (await verifyUnder(await readSigners(folder))).isGood;
  return { ...verdict, isConsistent };
}

/** The keys that lie in the folder: good for telling whether it contradicts itself, and for nothing else. Nobody's where it has none. */
async function readSigners(folder: string): Promise<Trust> {
  return await readFile(join(folder, keysPath), 'utf8')
    .then(parseTrust)
    .catch(() => noTrust);
}

/** How a folder is verified. */
export interface Reading {
  readonly trust: Trust;
  readonly signal?: AbortSignal;
}

async function verifyFiles(folder: string, reading: Reading): Promise<RunVerdict> {
  const { trust } = reading;
  const { run, log } = await readIndex(folder);
  const files = await checkFiles(folder, reading);
  const evidence = await presentExport(folder, { run, origin: log, trust });
  const verdict = await verifyRun(evidence, {
    trust,
    nowMs: now(),
    checkArtifact: async ({ digest, kind }) => await checkArtifact(folder, files.whole, { digest, kind }),
  });
  const rules = [
    verdictOf({
      rule: 'export/whole',
      says: 'every file of the folder stands in its signature, which a trusted key made',
      broken: files.problems,
      evidence: files.signature === null ? [] : [fileOf([signaturePath, files.signature])],
    }),
    verdictOf({
      rule: 'export/as-stated',
      says: 'declaration, plan, code and locks are those that the statements name',
      broken: await findUnstated(folder, await readEnvelopes(folder)),
      evidence: [...files.whole].filter(([path]) => isStated(path)).map(fileOf),
    }),
  ];
  const isGood = verdict.isGood && rules.every(({ holds }) => holds);
  const reached = isGood ? verdict.reached : lowestLevel;
  return { ...verdict, isGood, reached, rules: [...rules, ...verdict.rules] };
}

function fileOf([name, digest]: readonly [string, Digest]): RuleEvidence {
  return { kind: 'file', name, digest, place: null };
}

/** Files that statements name, beside artifacts. */
function isStated(path: string): boolean {
  return [declarationPath, planPath].includes(path) || path.startsWith('code/') || path.startsWith('environments/');
}

async function readIndex(folder: string): Promise<{ run: string; log: string }> {
  try {
    const { mlspec, run, log } = JSON.parse(await readFile(join(folder, indexPath), 'utf8'));
    if (mlspec === 'run-export/v1' && typeof run === 'string' && typeof log === 'string') return { run, log };
  } catch {
    // Said below.
  }
  throw new PlatformError('EXPORT_BAD', {
    message: `expected ${join(folder, indexPath)} to be that of an exported run, found it spoilt or missing`,
  });
}

interface CheckedFiles extends Pick<FolderCheck, 'whole' | 'problems'> {
  /** Of the file with the signature; null where there is none. */
  readonly signature: Digest | null;
}

async function checkFiles(folder: string, { trust, ...options }: Reading): Promise<CheckedFiles> {
  const text = await readFile(join(folder, signaturePath), 'utf8').catch(() => null);
  const signature = text === null ? null : digestOf(text);
  const none = (problem: string): CheckedFiles => ({ whole: new Map(), problems: [problem], signature });
  try {
    if (text === null) return none(`${signaturePath} is missing`);
    const signed = openFolderSignature(text, [...keysFor(trust, 'runner', null), ...keysFor(trust, 'owner', null)]);
    if (signed === null) return none('no trusted key with the role runner or owner signed the folder');
    if (signed.ignored.some((path) => path !== signaturePath))
      return none('the signature leaves out other files than itself');
    return { ...(await checkFolder(folder, signed, options)), signature };
  } catch (error) {
    if (isPlatformError(error) && error.kind === 'canceled') throw error;
    return none(error instanceof Error ? error.message : String(error));
  }
}

interface ExportReading {
  readonly run: string;
  readonly origin: string;
  readonly trust: Trust;
}

interface PresentedFile extends Presented {
  readonly digest: Digest;
  readonly about: string | null;
  readonly witnesses: readonly string[];
}

async function presentExport(folder: string, reading: ExportReading): Promise<RunEvidence> {
  const envelopes = await readEnvelopes(folder);
  const presented = await Promise.all(
    envelopes.map(async (envelope): Promise<PresentedFile> => {
      const body = Buffer.from(envelope.payload, 'base64');
      const [digest, about] = [digestOf(body), predicateTypeOf(body)];
      const shown = await shownBy(folder, digest, reading);
      return { envelope, digest, about, place: shown?.place ?? null, witnesses: shown?.witnesses ?? [] };
    }),
  );
  const says = (one: Presented, member: string): boolean =>
    Buffer.from(one.envelope.payload, 'base64').includes(member);
  const isOfAnother = (one: Presented): boolean =>
    says(one, '"mlspec_run":') && !says(one, `"mlspec_run":${JSON.stringify(reading.run)}`);
  const own = presented.filter((one) => !isOfAnother(one));
  const log = await presentLog(folder, presented, reading);
  return {
    run: reading.run,
    origin: presented.some(({ place }) => place !== null) ? reading.origin : null,
    // A witness counts where it saw every one, and that there are no others.
    witnesses: log.witnesses.filter((id) => own.every(({ witnesses }) => witnesses.includes(id))),
    about: own.filter(({ about }) => about !== provenancePredicateType),
    executions: own.filter(({ about }) => about === provenancePredicateType),
    originals: presented.filter(isOfAnother),
    logged: log.part,
  };
}

/** What the log holds from the first statement on, where that is whole and has each of them at its place. */
async function presentLog(
  folder: string,
  presented: readonly PresentedFile[],
  { run, ...reading }: ExportReading,
): Promise<{ readonly part: LoggedPart | null; readonly witnesses: readonly string[] }> {
  const from = firstPlace(presented) ?? 0;
  const view = await viewLogPart(join(folder, logPath), { ...reading, from });
  const entries = view?.entriesFrom(from) ?? null;
  if (view === null || entries === null) return { part: null, witnesses: [] };
  const held = new Map(entries.map(({ place, statement }) => [place, statement]));
  const isSame = presented.every(({ place, digest }) => place === null || held.get(place) === digest);
  const texts = await readFile(join(folder, othersPath), 'utf8').catch(() => '');
  const ofOthers = texts.split('\n').filter((text) => isOfOther(text, run));
  const part = { from, entries, ofOthers: new Set(ofOthers.map((text) => digestOf(text))) };
  return { part: isSame ? part : null, witnesses: view.witnesses };
}

/** Every statement of an exported run; lines that are none are left out. */
export async function readEnvelopes(folder: string): Promise<Envelope[]> {
  const text = await readFile(join(folder, statementsPath), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [parseEnvelope(line)];
    } catch {
      // A line that is no envelope shows nothing; what it should have shown is missed by the rules.
      return [];
    }
  });
}

/** Where a proof shows that the log holds a statement, under a checkpoint that a trusted key signed; null: nowhere. */
async function shownBy(
  folder: string,
  statement: Digest,
  { origin, trust }: ExportReading,
): Promise<{ readonly place: number; readonly witnesses: readonly string[] } | null> {
  try {
    const proof = parseProof(await readFile(join(folder, proofPath(statement)), 'utf8'));
    const entry = proof.extra;
    if (entry === null || readLogEntry(entry, proof.index)?.statement !== statement) return null;
    for (const key of keysFor(trust, 'log', null)) {
      const checkpoint = openProof(proof, entry, policyOf(trust, { key, origin }));
      if (checkpoint !== null) return { place: proof.index, witnesses: witnessesOf(checkpoint, trust) };
    }
    return null;
  } catch {
    return null;
  }
}

function predicateTypeOf(body: Buffer): string | null {
  try {
    const type = (JSON.parse(body.toString('utf8')) as { predicateType?: unknown }).predicateType;
    return typeof type === 'string' ? type : null;
  } catch {
    return null;
  }
}

async function checkArtifact(
  folder: string,
  whole: ReadonlyMap<string, Digest>,
  { digest, kind }: { readonly digest: Digest; readonly kind: 'file' | 'tree' },
): Promise<'ok' | 'missing' | 'corrupt'> {
  const path = artifactPath(digest, kind);
  const found = whole.get(path);
  if (found === undefined) return 'missing';
  if (found !== digest) return 'corrupt';
  if (kind === 'file') return 'ok';
  const members = parseManifest(await readFile(join(folder, path)));
  return members.every((member) => whole.get(artifactPath(member.digest, 'file')) === member.digest) ? 'ok' : 'corrupt';
}
