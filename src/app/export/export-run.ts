/**
 * A run as one folder that carries its own proof: statements, proofs that the log holds them, artifacts, declaration,
 * plan, code, environment locks, a report; and a signature over all of it.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { canonicalJson, type Digest, digestFile, digestOf } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { roCratePath, writeRoCrate } from '../../exports/index.ts';
import type { ExecutionRecord, StatementRecord } from '../../metadata/index.ts';
import { declaredFilesOf, isBeside, type KeyIngredients, projectFilesOf } from '../../pipeline/index.ts';
import { envelopeOf, type Signer } from '../../provenance/index.ts';
import { formatTrust } from '../../provenance/keys/index.ts';
import { listFolder, signFolder } from '../../provenance/model-signing/index.ts';
import type { Config } from '../config.ts';
import type { ProjectRecord } from '../project-record.ts';
import { withRecord } from '../records.ts';
import { writeReport } from '../report.ts';
import { openSigning } from '../signing.ts';
import { originalsOf, untoldTexts } from '../verify.ts';
import { type LogFiles, openLogFiles } from '../view-log.ts';
import { type CopyOptions, copyArtifacts } from './copy-artifacts.ts';
import {
  artifactPath,
  declarationPath,
  digestOfArtifact,
  indexPath,
  keysPath,
  lockPath,
  logPath,
  othersPath,
  planPath,
  proofPath,
  reportPath,
  signaturePath,
  statementsPath,
} from './layout-of-files.ts';
import { readRunView } from './read-run-view.ts';
import { fillEmpty, requireEmpty } from './require-empty.ts';
import { signersOf } from './signers.ts';

/** What was written. */
export interface ExportedRun {
  readonly run: string;
  /** Absolute. */
  readonly folder: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** What the statements name and nobody has any more, or not as it was: left out. */
  readonly absent: readonly string[];
}

/** Which run is exported, and where to. */
export interface ExportRequest extends CopyOptions {
  /** The run. */
  readonly name: string;
  /** A new or empty folder. */
  readonly into: string;
}

/**
 * Exports a run into a new or empty folder, which is so again where the export is canceled or fails.
 * @throws PlatformError METADATA_RUN_UNKNOWN, EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE, CANCELED, PROVENANCE_LOG_BAD where the log cannot prove it
 */
export async function exportRun(config: Config, { into, ...request }: ExportRequest): Promise<ExportedRun> {
  const folder = resolve(into);
  await requireEmpty(folder);
  const signer = await openSigning(config).signer('runner');
  return await withRecord(config, async (record) => {
    // A run that is unknown leaves nothing behind.
    const { id: run } = await record.metadata.getRun(request.name);
    return await fillEmpty(folder, async () => {
      const absent = await writeRun(config, { ...request, record, folder });
      await writeReport(config, { run, path: join(folder, reportPath) });
      await writeCrate(config, { run, folder });
      return { run, folder, absent, ...(await signAll(folder, run, signer)) };
    });
  });
}

interface ExportWork extends Omit<ExportRequest, 'into'> {
  readonly record: ProjectRecord;
  readonly folder: string;
}

/** Writes everything but what is made of the rest. @returns what could not be put in */
async function writeRun(config: Config, work: ExportWork): Promise<string[]> {
  const { record, name, folder } = work;
  const { metadata } = record;
  const run = await metadata.getRun(name);
  const log = await openLogFiles(config);
  const executions = await metadata.executions(run.id);
  const own = await metadata.statements(run.id);
  const statements = [...(await metadata.runStatements(run.id)), ...own, ...(await originalsOf(record, own))];
  const put: Put = async (path, content) => await writeInto(folder, path, content);

  await put(statementsPath, statements.map((one) => `${JSON.stringify(envelopeOf(one))}\n`).join(''));
  for (const statement of statements) await put(proofPath(statement.digest), proofOf(log, statement));
  await putLog(record, { run: run.id, log, from: Math.min(...statements.map(({ logPlace }) => logPlace!)) }, put);
  await put(declarationPath, await record.artifacts.read(run.specDigest));
  const plan = run.details['plan'];
  if (typeof plan === 'string') await put(planPath, await record.artifacts.read(plan as Digest));
  for (const [digest, lock] of locksOf(executions)) await put(lockPath(digest), lock);
  await put(keysPath, formatTrust(await signersOf(config, statements)));
  const absent = [
    ...(await copyArtifacts(record, executions, work)),
    ...(await writeCode(config, await withOriginals(record, executions), put)),
  ];
  await put(
    indexPath,
    `${JSON.stringify({ mlspec: 'run-export/v1', run: run.id, log: log.origin, absent }, null, 2)}\n`,
  );
  return absent;
}

/** Puts something into the folder, under a path in it. */
type Put = (path: string, content: string | Uint8Array) => Promise<void>;

/** What else the log holds since the first statement: so that one which is left out is missed. */
async function putLog(
  record: ProjectRecord,
  { run, log, from }: { readonly run: string; readonly log: LogFiles; readonly from: number },
  put: Put,
): Promise<void> {
  for (const [path, content] of log.part(from)) await put(`${logPath}/${path}`, content);
  const texts = await untoldTexts(record, run, log.entriesFrom(from));
  if (texts.length > 0) await put(othersPath, texts.map((text) => `${text}\n`).join(''));
}

function proofOf(log: LogFiles, { digest, logPlace }: Pick<StatementRecord, 'digest' | 'logPlace'>): string {
  const proof = logPlace === null ? null : log.prove(logPlace);
  if (proof !== null) return proof;
  throw new PlatformError('PROVENANCE_LOG_BAD', {
    message: `expected the log to hold statement ${digest}, found that its files do not`,
    hint: 'See: mlspec log verify',
  });
}

/** Executions, with those whose results they reused: these loaded the code. */
async function withOriginals(
  record: ProjectRecord,
  executions: readonly ExecutionRecord[],
): Promise<ExecutionRecord[]> {
  const ids = new Set(executions.flatMap(({ cachedFrom }) => cachedFrom ?? []));
  return [...executions, ...(await Promise.all([...ids].map((id) => record.metadata.getExecution(id))))];
}

/** The project's files that steps loaded, where they are still as they were. @returns those that are not */
async function writeCode(config: Config, executions: readonly ExecutionRecord[], put: Put): Promise<string[]> {
  const files = new Map<string, string>();
  for (const execution of executions) {
    for (const [path, digest] of codeOf(execution)) files.set(path, digest);
  }
  const changed: string[] = [];
  for (const [path, digest] of files) {
    // A file beside the project has no place in the folder: it is named, and not taken along.
    const content = !isBeside(path) ? await readFile(join(config.projectRoot, path)).catch(() => null) : null;
    if (content === null || digestOf(content) !== digest) changed.push(`code ${path} ${digest}`);
    else await put(join('code', path), content);
  }
  return changed;
}

/** What an execution loaded, and what its step declares to read; the sources of ingestion are data, and stay where they are. */
function codeOf({ code, kind }: ExecutionRecord): [path: string, digest: Digest][] {
  const { external = {} } = (code['ingredients'] ?? {}) as Partial<KeyIngredients>;
  const declared = kind === 'ingestion' ? [] : declaredFilesOf(external);
  return [...projectFilesOf((code['files'] ?? {}) as Record<string, Digest>), ...declared];
}

function locksOf(executions: readonly ExecutionRecord[]): Map<Digest, string> {
  const locks = new Map<Digest, string>();
  for (const { environment } of executions) {
    const digest = environment?.['digest'];
    if (typeof digest === 'string') locks.set(digest as Digest, canonicalJson(environment!['lock'] ?? null));
  }
  return locks;
}

/** What lies in the folder by now, and what will, as others read it. */
async function writeCrate(
  config: Config,
  { run, folder }: { readonly run: string; readonly folder: string },
): Promise<void> {
  const { files } = await listFolder(folder, new Set());
  const view = await withRecord(config, (record) => readRunView(config, record, run));
  const crate = writeRoCrate(view, {
    paths: [...files, signaturePath].sort(),
    declaration: declarationPath,
    artifact: ({ digest, kind }) => artifactPath(digest, kind),
    lock: lockPath,
  });
  await writeInto(folder, roCratePath, crate);
}

async function signAll(
  folder: string,
  run: string,
  signer: Signer,
): Promise<Pick<ExportedRun, 'fileCount' | 'sizeBytes'>> {
  const { files } = await listFolder(folder, new Set([signaturePath]));
  const hashed = await Promise.all([...files].map(async (path) => await describeFile(folder, path)));
  await writeInto(
    folder,
    signaturePath,
    await signFolder({ name: run, files: hashed, ignored: [signaturePath] }, signer),
  );
  return { fileCount: files.size + 1, sizeBytes: hashed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

/** What came out of the store was compared with its digest on the way, and is not hashed again. */
async function describeFile(
  folder: string,
  name: string,
): Promise<{ readonly name: string; readonly digest: Digest; readonly sizeBytes: number }> {
  const place = join(folder, name);
  const digest = digestOfArtifact(name);
  if (digest === null) return { name, ...(await digestFile(place)) };
  return { name, digest, sizeBytes: (await stat(place)).size };
}

async function writeInto(folder: string, path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}
