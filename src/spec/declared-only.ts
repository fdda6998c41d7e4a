import type { ResolvedSpec } from './document.ts';

/** A section that is declared and resolved, and not carried out yet. */
export interface DeclaredOnly {
  readonly section: string;
  readonly reason: string;
}

/** Which sections of a declaration nothing carries out yet, in the order of the lifecycle. Shown in plan and record. */
export function declaredOnly(spec: ResolvedSpec): DeclaredOnly[] {
  const { serving, monitoring, triggers } = spec;
  const isWatched = monitoring.drift !== 'none' || monitoring.performance != null || monitoring.rollback_to != null;
  const isTriggered = triggers.schedule != null || triggers.on_data || triggers.on_drift != null || triggers.on_code;
  return [
    ...(serving.rollout.length > 0
      ? [
          {
            section: 'serving',
            reason: 'rollout stages are not carried out yet; mlspec serve answers with one version',
          },
        ]
      : []),
    ...(isWatched
      ? [{ section: 'monitoring', reason: 'nothing is watched by itself yet; mlspec monitor compares a window' }]
      : []),
    { section: 'logging', reason: 'requests are not recorded yet' },
    ...(isTriggered ? [{ section: 'triggers', reason: 'nothing starts a run by itself yet' }] : []),
  ];
}
