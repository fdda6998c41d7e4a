/** What a declaration says, in lines for people. Defaults that nobody wrote are nothing that was declared. */
import { formatBytes, type JsonValue } from '../../encoding/index.ts';
import { checkLabel, type ResolvedSpec } from '../../spec/index.ts';
import { valueText } from '../json-text.ts';
import type { SourceName } from './source-names.ts';

type Declared = Partial<ResolvedSpec>;

const notCarriedOut = 'as declared; the program does not carry this out yet, so nothing of the run can show it';

/** Lines of what is declared, by what they speak of; none where nothing is. */
export const declaredSources: Readonly<Partial<Record<SourceName, (declared: Declared) => readonly string[]>>> = {
  purpose: ({ description = '' }) => (description.trim() === '' ? [] : [description]),
  'intended-use': ({ intended_use: use = '' }) => (use.trim() === '' ? [] : [use]),
  limitations: ({ limitations = [] }) => limitations,
  license: ({ license }) => flat(license),
  owners: ({ owners = [] }) => owners.map(({ name, email }) => (email === null ? name : `${name} <${email}>`)),
  task: ({ task }) => flat(task),
  labels: ({ ingestion }) =>
    Object.entries(ingestion?.labels ?? {}).map(([name, { from, join, available_after_ms: after }]) =>
      [
        `${name}: from ${from}`,
        ...(join === null ? [] : [`joined by ${join}`]),
        ...(after === null ? [] : [`known after ${durationText(after)}`]),
      ].join(', '),
    ),
  features: ({ features, transformation }) => [
    ...flat(features?.include, 'only'),
    ...flat(features?.exclude, 'never'),
    ...flat(transformation?.features),
  ],
  explanations: ({ evaluation }) => flat(evaluation?.explain),
  resources: ({ packaging }) => flat(packaging?.resources),
  objectives: ({ objectives }) => [
    ...Object.entries(objectives?.require ?? {}).map(([name, { that }]) => `${name}: ${that}`),
    ...Object.entries(objectives?.gates ?? {}).map(
      ([name, { on, reliability, uses }]) => `gate ${name}: on ${on}, reliability ${reliability}, ${uses} uses`,
    ),
  ],
  'data-sources': ({ ingestion }) =>
    Object.entries(ingestion?.sources ?? {}).map(([name, { format, path, table, python }]) =>
      [`${name}:`, format, path ?? table ?? python ?? ''].join(' ').trim(),
    ),
  'data-parts': ({ splitting }) =>
    splitting === undefined
      ? []
      : [
          `by ${splitting.by}`,
          ...Object.entries(splitting.parts).map(([name, share]) =>
            share === null ? name : `${name}: ${percent(share)}`,
          ),
          ...flat(splitting.sealed, 'sealed'),
        ],
  'data-checks': ({ validation }) => [
    ...(validation?.checks ?? []).map((check) => checkLabel(check)),
    ...flat(validation?.schema ?? null, 'schema'),
  ],
  transformation: ({ transformation }) => flat(transformation?.features),
  model: ({ training }) => flat(training?.params),
  'metrics-by-slice': ({ evaluation, analysis }) =>
    [...(evaluation?.slices ?? []), ...(analysis?.slices ?? [])].map((slice) => valueText(slice as JsonValue)),
  serving: ({ serving }) =>
    withNote([
      ...(serving?.rollout ?? []).map((stage) => `rollout: ${valueText(stage as JsonValue)}`),
      ...flat(serving?.replicas, 'replicas'),
      ...(serving?.latency === undefined ? [] : [`latency: ${durationText(serving.latency)}`]),
    ]),
  monitoring: ({ monitoring }) => {
    if (monitoring === undefined) return [];
    const { drift, performance, window, notify } = monitoring;
    const delay = performance?.label_delay;
    return withNote([
      ...(drift === 'none' ? [] : flat(drift, 'drift')),
      ...(delay === undefined ? [] : [`performance: labels known after ${durationText(delay)}`]),
      ...(window === undefined ? [] : [`window: ${durationText(window)}`]),
      ...flat(notify, 'notify'),
    ]);
  },
  rollback: ({ monitoring }) => withNote(flat(monitoring?.rollback_to, 'back to')),
  retraining: ({ triggers }) => {
    if (triggers === undefined) return [];
    const { schedule, on_data, on_drift, on_code } = triggers;
    return withNote([
      ...(schedule == null ? [] : [`schedule: ${schedule.cron} (${schedule.zone})`]),
      ...(on_data ? ['when sources change'] : []),
      ...(on_code ? ['when the code of the project changes'] : []),
      ...(on_drift == null ? [] : [`on drift: ${on_drift}`]),
    ]);
  },
  logging: ({ logging }) => {
    if (logging === undefined) return [];
    const { payloads, retention, format } = logging;
    return withNote([
      `access log: ${format}`,
      `payloads: ${payloads === false ? 'not kept' : percent(payloads.sample)}`,
      ...(retention === undefined ? [] : [`kept for ${durationText(retention)}`]),
    ]);
  },
};

/** What an amount of memory is, for `resources`; everything else as it is. */
function shown(name: string, value: JsonValue): string {
  return name === 'memory' && typeof value === 'number' ? formatBytes(value) : valueText(value);
}

function withNote(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? lines : [...lines, notCarriedOut];
}

/** A value as lines `name: value`; nothing for null, empty lists and empty mappings. */
function flat(value: unknown, name = ''): string[] {
  if (value === undefined || value === null || value === '') return [];
  const label = name === '' ? '' : `${name}: `;
  if (Array.isArray(value)) return value.length === 0 ? [] : [`${label}${value.map(valueText).join(', ')}`];
  if (typeof value !== 'object') return [`${label}${shown(name, value as JsonValue)}`];
  return Object.entries(value).flatMap(([key, one]) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? [`${label}${key}: ${valueText(one as JsonValue)}`]
      : flat(one, name === '' ? key : `${name}.${key}`),
  );
}

const units = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1000 };

/** A duration in the largest unit that it is a whole number of. */
function durationText(durationMs: number): string {
  const unit = Object.entries(units).find(([, length]) => durationMs % length === 0);
  return unit === undefined ? `${durationMs} ms` : `${durationMs / unit[1]} ${unit[0]}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
