/** That a package began to answer requests, stated in the record of the project whose run made it. */
import { type Digest, now } from '../encoding/index.ts';
import { toPlatformError } from '../errors/index.ts';
import { type Deployment, deploymentPredicateType, deploymentStatement } from '../provenance/index.ts';
import { openRegistry } from '../registry/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { withRecord } from './records.ts';
import { findInRun, type ServablePackage } from './serve.ts';
import { hasKey, openSigning } from './signing.ts';
import { publishLogOrSay } from './transparency-log.ts';
import { programVersion } from './version.ts';

/** What was stated, or why nothing was. */
export type AttestedDeployment =
  | { readonly statement: Digest; readonly run: string; readonly why: null }
  | { readonly statement: null; readonly run: null; readonly why: string };

/** How the package is served. */
export interface ServedHow {
  readonly form: 'onnx' | 'original';
  readonly host: string;
  readonly port: number;
  /** Is told where the files of the log cannot be brought up to what the record took in. */
  readonly onProgress: (message: string) => void;
}

/**
 * States that a package is served from now on, where a run of this project made it and there is a key to sign with. Never
 * throws: requests are answered whether it can be stated or not. No key is made for it, which nobody would trust.
 */
export async function attestDeployment(
  config: Config,
  served: ServablePackage,
  how: ServedHow,
): Promise<AttestedDeployment> {
  try {
    return await withRecord(config, async (record) => await attest(config, record, { served, how }));
  } catch (error) {
    const { code, message } = toPlatformError(error);
    return nothing(`${code}: ${message}`);
  }
}

async function attest(
  config: Config,
  record: ProjectRecord,
  { served, how }: { readonly served: ServablePackage; readonly how: ServedHow },
): Promise<AttestedDeployment> {
  const { metadata } = record;
  const { digest } = served;
  const maker = digest === null ? null : await makerOf(record, served, digest);
  if (digest === null || maker === null) return nothing('no run of this project made this package as it is');
  if (!(await hasKey(config, 'runner'))) return nothing('there is no key here to sign with');
  const run = await metadata.getRun(maker.run);
  const signing = openSigning(config);
  const { form, host, port, onProgress } = how;
  const statement = deploymentStatement({
    ...{ run: run.id, spec: { name: run.spec, digest: run.specDigest }, model: maker.model, packageDigest: digest },
    runtime: { form, program: programVersion, platform: `${process.platform}/${process.arch}` },
    ...{ configuration: { host, port }, atMs: now() },
  } satisfies Deployment);
  const about = { runId: run.id, predicateType: deploymentPredicateType };
  await metadata.putRunStatement(about, await signing.statement(statement, 'runner'));
  await publishLogOrSay(config, { metadata, signing, onProgress });
  return { statement: statement.digest, run: run.id, why: null };
}

/** The run that made a package, and the version under which it is registered; null where nobody knows it. */
async function makerOf(
  record: ProjectRecord,
  { name, version }: ServablePackage,
  digest: Digest,
): Promise<{ readonly run: string; readonly model: string | null } | null> {
  const versions = await (await openRegistry(record.metadata.database)).versionsOfPackage(digest);
  const found = versions.find((one) => one.model === name && one.version === version) ?? versions[0];
  if (found !== undefined) return { run: found.runId, model: `${found.model}/${found.version}` };
  for (const { id } of await record.metadata.runsThatKeep(digest))
    if ((await findInRun(record, id)) === digest) return { run: id, model: null };
  return null;
}

function nothing(why: string): AttestedDeployment {
  return { statement: null, run: null, why };
}
