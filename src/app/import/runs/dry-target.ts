import type { ReportBuilder } from '../import-report.ts';
import type { RunTarget } from './run-source.ts';

/** A target that writes nothing: the report says what the source has, as if nothing of it were here yet. */
export function dryTarget(report: ReportBuilder): RunTarget {
  const experiments = new Set<string>();
  return {
    open: async ({ experiment }) => {
      if (!experiments.has(experiment)) report.count('experiments', 'new');
      experiments.add(experiment);
      return true;
    },
    positions: async () => new Map(),
    add: async (_run, { metrics = [], files = [] }) => {
      report.add('metricPoints', metrics.length);
      for (const file of files) {
        if (file.kind === 'folder') continue;
        report.add('files', 1);
        if (file.kind === 'bytes') report.add('bytes', file.bytes.length);
      }
      return metrics.length;
    },
    end: async () => false,
  };
}
