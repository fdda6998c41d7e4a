/** Governance reports and cards: filled from verified evidence, written as one file, bound to the run by a signed statement. */
import { basename, resolve } from 'node:path';
import { type Digest, digestOf } from '../../encoding/index.ts';
import {
  type CellState,
  type ExportSubject,
  fillTemplate,
  type GovernanceReport,
  jsonText,
  writeGovernanceMarkdown,
} from '../../exports/index.ts';
import type { Config } from '../config.ts';
import { boundTo, type StatedReference, stateReference } from '../export/state-reference.ts';
import { requireTarget, writeTarget } from '../export/write-target.ts';
import { withRecord } from '../records.ts';
import { findAnswers, findTemplate } from './find-template.ts';
import { renderGovernance } from './governance-page.ts';
import { readAboutModel, readAboutRun } from './read-governance.ts';

/** What was written. */
export interface WrittenGovernance extends StatedReference {
  readonly run: string;
  readonly about: string;
  readonly template: string;
  /** Absolute. */
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Whether verification accepts the run; where not, no cell is verified. */
  readonly isGood: boolean;
  readonly counts: Readonly<Record<CellState, number>>;
}

/** In which forms a report can be written. */
export const reportForms = ['html', 'markdown', 'json'] as const;
/** One of them. */
export type ReportForm = (typeof reportForms)[number];

/** What is asked for. */
export interface GovernanceRequest {
  /** A report about a run, or the card of a model. */
  readonly kind: 'governance' | 'card';
  /** A run; for a card a registered model too. */
  readonly name: string;
  /** The name of a template, or a file. */
  readonly template: string;
  readonly as: ReportForm;
  readonly path: string;
  /** A file with answers of people; null: none. */
  readonly answers: string | null;
  readonly onProgress: (message: string) => void;
}

const forms: Readonly<
  Record<ReportForm, { readonly mediaType: string; readonly write: (report: GovernanceReport) => string }>
> = {
  html: { mediaType: 'text/html; charset=utf-8', write: renderGovernance },
  markdown: { mediaType: 'text/markdown; charset=utf-8', write: writeGovernanceMarkdown },
  json: { mediaType: 'application/json', write: jsonText },
};

/**
 * Writes a governance report about a run, or the card of a model. The same run, template and answers give the same bytes;
 * what is written a second time under one name is not stated a second time.
 * @throws PlatformError METADATA_RUN_UNKNOWN, REPORT_TEMPLATE_UNKNOWN, REPORT_TEMPLATE_BAD, REPORT_ANSWERS_BAD,
 *   EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE
 */
export async function writeGovernance(config: Config, asked: GovernanceRequest): Promise<WrittenGovernance> {
  const template = await findTemplate(config, asked.template);
  const answers = asked.answers === null ? {} : await findAnswers(asked.answers, template);
  const path = resolve(asked.path);
  await requireTarget(path);
  const isCard = asked.kind === 'card';
  const subject: ExportSubject = isCard ? 'model' : 'run';
  return await withRecord(config, async (record) => {
    const read = isCard ? readAboutModel : readAboutRun;
    const { facts, about } = await read(config, record, asked.name);
    const report = fillTemplate(template, facts, { about, answers });
    const { mediaType, write } = forms[asked.as];
    const text = write(report);
    const digest = digestOf(text);
    await writeTarget(config, path, text);
    const run = { ...facts.run, models: facts.models };
    const file = { name: basename(path), digest, mediaType };
    const stated = await stateReference(config, record, {
      ...{ run: run.id, subjects: boundTo(run, subject), file },
      onProgress: asked.onProgress,
    });
    return {
      ...{ run: run.id, about, template: template.id, path, digest, sizeBytes: Buffer.byteLength(text) },
      ...{ isGood: report.verification.isGood, counts: report.counts },
      ...stated,
    };
  });
}
