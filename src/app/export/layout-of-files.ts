/** Where things stand in an exported run, relative to its folder. */
import { type Digest, digestHex } from '../../encoding/index.ts';

/** The signature of every other file. */
export const signaturePath = 'run.sig';
/** What was exported: the run, its log, and what could not be put in. */
export const indexPath = 'run.json';
/** Every statement, an envelope a line: the layout, the executions, those that were reused, the end. */
export const statementsPath = 'statements.intoto.jsonl';
/** The declaration, resolved, as canonical JSON. */
export const declarationPath = 'declaration.json';
/** The plan, as canonical JSON. */
export const planPath = 'plan.json';
/** One page for people. */
export const reportPath = 'report.html';
/** The public keys that signed, for whoever wants to ask their owners; nobody trusts them because they are here. */
export const keysPath = 'keys.json';

/** The part of the log from the first statement on, in the form of a log, below this folder. */
export const logPath = 'log';
/** Texts of statements of other runs, a line each, whose entries of that part do not say of which run they are. */
export const othersPath = 'others.jsonl';

/** The proof that the log holds a statement. */
export function proofPath(statement: Digest): string {
  return `proofs/${digestHex(statement)}.tlog-proof`;
}

/** The bytes of a file, or of the manifest of a tree. */
export function artifactPath(digest: Digest, kind: 'file' | 'tree'): string {
  return `artifacts/${digestHex(digest)}${kind === 'tree' ? '.tree' : ''}`;
}

/** The digest of the file or manifest at such a path; null for other paths. */
export function digestOfArtifact(path: string): Digest | null {
  const [, hex] = /^artifacts\/([0-9a-f]{64})(?:\.tree)?$/.exec(path) ?? [];
  return hex === undefined ? null : (`sha256:${hex}` as Digest);
}

/** The lock of an environment. */
export function lockPath(digest: Digest): string {
  return `environments/${digestHex(digest)}.json`;
}
