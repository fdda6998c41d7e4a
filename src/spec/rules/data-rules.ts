import { foldsPart } from './fold-rules.ts';
import type { Found, Rule } from './rule.ts';
import { allSteps } from './step-paths.ts';

const tolerance = 1e-9;

/** The part of `part.metric`; `validation` where only a metric is named. */
function partOf(objective: string): string {
  const dot = objective.indexOf('.');
  return dot < 0 ? 'validation' : objective.slice(0, dot);
}

/** Rules about ingestion and the split. */
export const dataRules: readonly Rule[] = [
  {
    id: 'spec/no-source',
    severity: 'error',
    says: 'Ingestion needs at least one source.',
    check: ({ ingestion }) =>
      Object.keys(ingestion.sources).length === 0
        ? [
            {
              path: ['ingestion', 'sources'],
              message: 'there is no source',
              suggestion: 'write for example sources: {data: data.csv}',
            },
          ]
        : [],
  },
  {
    id: 'spec/query-needed',
    severity: 'error',
    says: 'With several sources a query says how they become one dataset.',
    check: ({ ingestion }) =>
      Object.keys(ingestion.sources).length > 1 && ingestion.query === null
        ? [
            {
              path: ['ingestion'],
              message: `${Object.keys(ingestion.sources).length} sources and no query: which rows are the dataset?`,
              suggestion: `write query: SELECT * FROM ${Object.keys(ingestion.sources)[0]}`,
            },
          ]
        : [],
  },
  {
    id: 'spec/secret-undeclared',
    severity: 'error',
    says: 'A secret that a step or source uses is declared.',
    check: (spec) => {
      const used = [
        ...Object.entries(spec.ingestion.sources).flatMap(([name, source]) =>
          source.secret === null ? [] : [{ path: ['ingestion', 'sources', name, 'postgres'], secret: source.secret }],
        ),
        ...(spec.training?.secrets ?? []).map((secret, index) => ({ path: ['training', 'secrets', index], secret })),
        ...Object.entries(spec.models).flatMap(([name, { training }]) =>
          training.secrets.map((secret, index) => ({ path: ['models', name, 'training', 'secrets', index], secret })),
        ),
        ...[...allSteps(spec.steps)].flatMap(({ path, step }) =>
          step.secrets.map((secret, index) => ({ path: [...path, 'secrets', index], secret })),
        ),
      ];
      return used
        .filter(({ secret }) => !spec.secrets.includes(secret))
        .map(({ path, secret }) => ({
          path,
          message: `the secret ${secret} is not declared`,
          suggestion: `write secrets: [${secret}] at the top`,
        }));
    },
  },
  {
    id: 'spec/split-shares',
    severity: 'error',
    says: 'The shares of the parts add up to 1.',
    check: ({ splitting }) => {
      const total = Object.values(splitting.parts).reduce<number>((sum, share) => sum + (share ?? 0), 0);
      return splitting.by === 'predefined' || Math.abs(total - 1) <= tolerance
        ? []
        : [
            {
              path: ['splitting', 'parts'],
              message: `the parts add up to ${Number((total * 100).toPrecision(6))} %, not 100 %`,
              suggestion: 'change the shares so that they add up to 100 %',
            },
          ];
    },
  },
  {
    id: 'spec/empty-part',
    severity: 'error',
    says: 'Every part has a share above 0.',
    check: ({ splitting }) =>
      Object.entries(splitting.parts)
        .filter(([, share]) => share !== null && share <= 0)
        .map(([name]) => ({
          path: ['splitting', 'parts', name],
          message: `part ${name} is empty`,
          suggestion: 'give it a share above 0 or remove it',
        })),
  },
  {
    id: 'spec/train-part',
    severity: 'error',
    says: 'There is a part named train, and it is open.',
    check: ({ splitting }) => {
      if (!('train' in splitting.parts))
        return [
          {
            path: ['splitting', 'parts'],
            message: 'there is no part named train',
            suggestion: 'name the part that models are fitted on train',
          },
        ];
      return splitting.sealed.includes('train')
        ? [
            {
              path: ['splitting', 'sealed'],
              message: 'the part train cannot be sealed: models are fitted on it',
              suggestion: 'remove train from sealed',
            },
          ]
        : [];
    },
  },
  {
    id: 'spec/unknown-part',
    severity: 'error',
    says: 'Every part that is named exists.',
    check: (spec) => {
      const parts = Object.keys(spec.splitting.parts);
      const named = [
        ...spec.splitting.sealed.map((part, index) => ({ path: ['splitting', 'sealed', index], part })),
        ...(spec.training?.tuning == null
          ? []
          : [
              {
                path: ['training', 'tuning', spec.training.tuning.direction],
                part: partOf(spec.training.tuning.objective),
              },
            ]),
        ...(spec.training === null ? [] : [{ path: ['evaluation', 'on'], part: spec.evaluation.on }]),
        ...(spec.training?.parts ?? []).map((part, index) => ({ path: ['training', 'parts', index], part })),
        ...Object.entries(spec.objectives.gates).map(([name, gate]) => ({
          path: ['objectives', 'gates', name, 'on'],
          part: gate.on,
        })),
      ];
      const isFolds = (path: readonly (string | number)[], part: string): boolean =>
        spec.splitting.folds !== null && part === foldsPart && path[0] === 'training';
      return named
        .filter(({ path, part }) => !parts.includes(part) && !isFolds(path, part))
        .map(({ path, part }) => ({
          path,
          message: `there is no part ${part}`,
          expected: parts.join(', '),
          found: part,
          suggestion: `use one of ${parts.join(', ')}`,
        }));
    },
  },
  {
    id: 'spec/split-column',
    severity: 'error',
    says: 'A split by time, by group, stratified or predefined names its column.',
    check: ({ splitting, task }) => {
      if (splitting.by === 'time' && splitting.column === null && task.time === null)
        return [
          {
            path: ['splitting', 'by'],
            message: 'a split by time needs a column',
            suggestion: 'write time(<column>), or declare task.time',
          },
        ];
      if (splitting.by === 'group' && splitting.column === null && task.group === null)
        return [
          {
            path: ['splitting', 'by'],
            message: 'a split by group needs a column',
            suggestion: 'write group(<column>)',
          },
        ];
      if (splitting.by === 'stratified' && splitting.column === null && task.label === null)
        return [
          {
            path: ['splitting', 'by'],
            message: 'a stratified split needs a column',
            suggestion: 'write stratified(<column>)',
          },
        ];
      if (splitting.by === 'predefined' && splitting.column === null)
        return [
          {
            path: ['splitting', 'by'],
            message: 'a predefined split needs the column that names the parts',
            suggestion: 'write predefined(<column>)',
          },
        ];
      return [];
    },
  },
  {
    id: 'spec/gap-not-time',
    severity: 'error',
    says: 'Only a split by time has a gap.',
    check: ({ splitting }) =>
      splitting.gapMs > 0 && splitting.by !== 'time'
        ? [{ path: ['splitting', 'gap'], message: `a split by ${splitting.by} has no gap`, suggestion: 'remove gap' }]
        : [],
  },
  {
    id: 'spec/sealed-part-used',
    severity: 'error',
    says: 'Evaluation, training and tuning see open parts alone.',
    check: ({ splitting, evaluation, training }) => {
      const used = [
        { path: ['evaluation', 'on'], part: evaluation.on, who: 'evaluation' },
        ...(training?.parts ?? []).map((part, at) => ({ path: ['training', 'parts', at], part, who: 'training' })),
        ...(training?.tuning == null
          ? []
          : [
              {
                path: ['training', 'tuning', training.tuning.direction],
                part: partOf(training.tuning.objective),
                who: 'tuning',
              },
            ]),
      ];
      const open = splitting.order.filter((part) => !splitting.sealed.includes(part));
      return used
        .filter(({ part }) => splitting.sealed.includes(part))
        .map(({ path, part, who }) => ({
          path,
          message: `${who} uses part ${part}, which is sealed: only gates may open it`,
          expected: open.join(', '),
          found: part,
          suggestion: `use one of ${open.join(', ')}`,
        }));
    },
  },
  {
    id: 'spec/empty-sample',
    severity: 'error',
    says: 'A sample of a source is more than nothing.',
    check: ({ ingestion }) =>
      Object.entries(ingestion.sources)
        .filter(([, source]) => source.sample === 0)
        .map(([name]) => ({
          path: ['ingestion', 'sources', name, 'sample'],
          message: `the sample of source ${name} is empty`,
          suggestion: 'write a share above 0, or remove sample',
        })),
  },
  {
    id: 'spec/label-source',
    severity: 'error',
    says: 'A label comes from the data, or from a declared source with the column to join on.',
    check: ({ ingestion }) =>
      Object.entries(ingestion.labels).flatMap(([name, label]): Found[] => {
        if (label.from === 'column') return [];
        const sources = Object.keys(ingestion.sources);
        const path = ['ingestion', 'labels', name];
        if (!sources.includes(label.from))
          return [
            {
              path: [...path, 'from'],
              message: `there is no source ${label.from}`,
              expected: ['column', ...sources].join(', '),
              found: label.from,
              suggestion: `use one of ${['column', ...sources].join(', ')}`,
            },
          ];
        return label.join !== null
          ? []
          : [
              {
                path,
                message: `the label ${name} comes from ${label.from}: which column do both have?`,
                suggestion: 'write join: <column>',
              },
            ];
      }),
  },
];
