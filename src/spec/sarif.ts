import { digestHex, digestOf, type JsonObject } from '../encoding/index.ts';
import type { Finding } from './finding.ts';
import { sortFindings } from './format-findings.ts';
import { ruleCatalogue } from './rule-catalogue.ts';

const maximumResults = 5_000;

/** Findings as a SARIF 2.1.0 log, as code hosts read it. @see OASIS SARIF 2.1.0, sections 3.14 and 3.27 */
export function toSarif(findings: readonly Finding[]): JsonObject {
  const sorted = sortFindings(findings).slice(0, maximumResults);
  const ids = [...new Set(sorted.map((finding) => finding.rule))].sort();
  const meanings = ruleCatalogue();
  const rules = ids.map((id) => ({
    id,
    ...(meanings.has(id) ? { shortDescription: { text: meanings.get(id)! } } : {}),
  }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'mlspec', rules } },
        columnKind: 'utf16CodeUnits',
        results: sorted.map((finding) => toResult(finding, ids)),
      },
    ],
  };
}

function toResult(finding: Finding, ids: readonly string[]): JsonObject {
  const identity = `${finding.rule} ${finding.path.join('.')} ${finding.found ?? ''}`;
  return {
    ruleId: finding.rule,
    ruleIndex: ids.indexOf(finding.rule),
    level: finding.severity,
    message: { text: finding.suggestion === undefined ? finding.message : `${finding.message}. ${finding.suggestion}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: toUri(finding.file) }, ...regionOf(finding) } }],
    partialFingerprints: { 'ruleAndPath/v1': digestHex(digestOf(identity)).slice(0, 32) },
  };
}

function regionOf({ position }: Finding): JsonObject {
  if (position === undefined) return {};
  const { line, column, endLine, endColumn } = position;
  return { region: { startLine: line, startColumn: column, endLine, endColumn } };
}

/** A file as a URI reference: relative as it is, absolute with its scheme. */
function toUri(file = 'mlspec.yaml'): string {
  const path = encodeURI(file.replaceAll('\\', '/')).replaceAll('#', '%23').replaceAll('?', '%3F');
  return path.startsWith('/') ? `file://${path}` : path;
}
