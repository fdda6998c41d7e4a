import {
  type ContentVerdict,
  findSignature,
  isExport,
  verifyContent,
  verifyExport,
  verifyModel,
  verifyRecordedRun,
} from '../../app/index.ts';
import { formatBytes, pathExists } from '../../encoding/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec verify`: whether a run did what was declared, or a folder is what was signed, rule by rule. */
export async function run(call: CommandCall): Promise<number> {
  const what = call.arguments[0] ?? 'latest';
  const named = textOption(call, 'signature') ?? null;
  const isFolder = named === null && (await isExport(what));
  const signed = isFolder ? null : await findSignature(what, named);
  if (signed !== null) return tellContent(call, await verifyContent(call.config, signed, call.signal));
  const model = isFolder ? null : await verifyModel(call.config, what, call);
  const verdict = isFolder ? await verifyExport(call.config, what, call) : (model ?? (await verifyRun(call, what)));
  if (call.output.json) call.output.resultJson({ type: 'result', ...verdict });
  else {
    tellRules(call, verdict.rules);
    call.output.result(summary(verdict));
    if (!verdict.isGood && 'isConsistent' in verdict && verdict.isConsistent) call.output.result(unknownSigner);
    if (model !== null) call.output.result(`model    ${model.model}${approvers(model.approvedBy)}`);
    for (const line of [
      ...gone(verdict),
      ...served(verdict),
      ...watched(verdict),
      ...bound(verdict),
      ...lookedAt(verdict),
      ...worth(verdict),
    ])
      call.output.result(line);
  }
  return verdict.isGood ? exitCodes.done : exitCodes.verificationFailed;
}

/** A name that is none of a run, and is there on the disk, was meant as that. */
async function verifyRun(call: CommandCall, what: string): ReturnType<typeof verifyRecordedRun> {
  try {
    return await verifyRecordedRun(call.config, what, call);
  } catch (error) {
    if ((error as { code?: string }).code === 'METADATA_RUN_UNKNOWN' && (await pathExists(what))) {
      await findSignature(`./${what}`, null);
    }
    throw error;
  }
}

type Rules = ContentVerdict['rules'];

function tellRules(call: CommandCall, rules: Rules): void {
  for (const { rule, holds, says, broken, evidence } of rules) {
    call.output.result(`${holds ? '✓' : '✗'} ${rule.padEnd(26)} ${says}${restsOn(evidence)}`);
    for (const one of broken) call.output.result(`    ${one}`);
    if (!isOn(call, 'evidence')) continue;
    for (const { kind, digest, place, name } of evidence)
      call.output.result(`    ${kind} ${digest} ${place === null ? '' : `entry ${place} `}${name}`);
  }
}

/** What a rule looked at, in short: how many of each kind, and the first of them. */
function restsOn(evidence: Rules[number]['evidence']): string {
  const [first] = evidence;
  if (first === undefined) return '';
  const kinds = [...new Set(evidence.map(({ kind }) => kind))];
  const counts = kinds.map((kind) => countOf(evidence.filter((one) => one.kind === kind).length, kind));
  return ` (${counts.join(', ')}: ${first.digest.slice(0, 19)}${evidence.length === 1 ? '' : ' …'})`;
}

function countOf(count: number, kind: Rules[number]['evidence'][number]['kind']): string {
  if (count === 1) return `1 ${kind}`;
  return kind === 'entry' ? `${count} entries` : `${count} ${kind}s`;
}

function tellContent(call: CommandCall, verdict: ContentVerdict): number {
  const { output } = call;
  if (output.json) output.resultJson({ type: 'result', ...verdict });
  else {
    const { content, isGood, rules, signedBy, fileCount, sizeBytes, outside } = verdict;
    tellRules(call, rules);
    const who = signedBy.map(({ name, keyId }) => `${name} (${keyId.slice(0, 12)})`).join(', ');
    output.result(
      isGood
        ? `verified: ${content}: ${fileCount} ${fileCount === 1 ? 'file' : 'files'}, ${formatBytes(sizeBytes)}, signed by ${who}`
        : `not verified: ${content}: ${who === '' ? 'no signature that counts' : `not what ${who} signed`}`,
    );
    const more = outside.length > 5 ? ` and ${outside.length - 5} more` : '';
    if (outside.length > 0) {
      output.result(
        `but      the signature leaves out ${outside.slice(0, 5).join(', ')}${more}: anybody may have changed them`,
      );
    }
  }
  return verdict.isGood ? exitCodes.done : exitCodes.verificationFailed;
}

/** Where everything holds under keys that nobody here trusts. */
const unknownSigner =
  'consistent, signer unknown: the statements agree with each other; whether to trust who signed them is for you to say (mlspec keys trust)';

function summary({
  run,
  isGood,
  rules,
  owners,
  statementCount,
  artifactCount,
}: Awaited<ReturnType<typeof verifyRecordedRun>>): string {
  const broken = rules.filter(({ holds }) => !holds).length;
  const seen = `${statementCount} statements, ${artifactCount} artifacts`;
  if (!isGood) return `not verified: ${run}: ${broken} of ${rules.length} rules are broken (${seen})`;
  return `verified: ${run}: ${rules.length} rules hold (${seen}); owner ${owners.map((id) => id.slice(0, 12)).join(', ')}`;
}

function approvers(ids: readonly string[]): string {
  return ids.length === 0 ? '' : `, approved with ${ids.map((id) => id.slice(0, 12)).join(', ')}`;
}

/** Documents that were bound to something of the run: a line each, the last ten. */
function bound({ references }: Awaited<ReturnType<typeof verifyRecordedRun>>): string[] {
  return references.slice(-10).map(({ name, digest, subjects, place }) => {
    const where = place === null ? 'not in the log' : `entry ${place} of the log`;
    return `bound    ${JSON.stringify(name)} ${digest.slice(0, 19)} to ${subjects.map((one) => one.name).join(', ')} (${where})`;
  });
}

/** What was served of the run's packages: a line each, the last ten. */
function served({ deployments }: Awaited<ReturnType<typeof verifyRecordedRun>>): string[] {
  return deployments
    .slice(-10)
    .map(
      ({ model, packageDigest, startedOn, place }) =>
        `served   ${model ?? 'its package'} ${packageDigest.slice(0, 19)} from ${startedOn} (entry ${place} of the log)`,
    );
}

/** What served data were compared with what it trained on: a line each, the last ten. */
function watched({ windows }: Awaited<ReturnType<typeof verifyRecordedRun>>): string[] {
  return windows.slice(-10).map(({ from, to, rowCount, columnCount, drifted, place }) => {
    const found = drifted.length === 0 ? 'no drift' : `drifted: ${drifted.join(', ')}`;
    return `watched  ${from} to ${to}, ${rowCount} rows, ${columnCount} columns, ${found} (entry ${place} of the log)`;
  });
}

/** Up to where the log was looked at. */
function lookedAt({ log }: Awaited<ReturnType<typeof verifyRecordedRun>>): string[] {
  if (log === null) return [];
  const { origin, lastPlace, lastAt } = log;
  return [
    `log      ${origin} up to its entry ${lastPlace}, of ${lastAt ?? 'no told time'}; of later ones nothing is said`,
  ];
}

/** What is not there any more because its owner had it erased. */
function gone({ erased }: Awaited<ReturnType<typeof verifyRecordedRun>>): string[] {
  return erased.length === 0
    ? []
    : [`erased   ${erased.join(', ')}: stated by the owner; what was in them cannot be shown`];
}

/** What the verdict is worth: the level that is reached, what the next asks for, and what nobody can see here. */
function worth({ reached, caveats }: Awaited<ReturnType<typeof verifyRecordedRun>>): string[] {
  const { level, next, missing } = reached;
  return [
    `level    ${level}${next === null ? '' : `; ${next} asks for ${missing.join(', ')}`}`,
    ...caveats.map((caveat) => `but      ${caveat}`),
  ];
}
