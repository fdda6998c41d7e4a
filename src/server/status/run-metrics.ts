import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { RunStatus } from './run-status.ts';

const stepStates = ['waiting', 'running', 'complete', 'cached', 'failed', 'canceled', 'skipped'] as const;

/** A gauge of the run: its name, what it says, its labels, and its samples from a status. */
interface GaugeDefinition {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (status: RunStatus) => readonly (readonly [Readonly<Record<string, string>>, number])[];
}

const gauges: readonly GaugeDefinition[] = [
  {
    name: 'mlspec_run_info',
    help: 'The run that goes on; always 1.',
    labels: ['run', 'name', 'state'],
    samples: ({ runId, name, state }) => [[{ run: runId ?? '', name: name ?? '', state }, 1]],
  },
  {
    name: 'mlspec_run_uptime_seconds',
    help: 'Seconds since the engine was started.',
    labels: [],
    samples: ({ uptimeMs }) => [[{}, uptimeMs / 1000]],
  },
  {
    name: 'mlspec_steps',
    help: 'Steps of the run by state.',
    labels: ['state'],
    samples: ({ steps }) =>
      stepStates.map((state) => [{ state }, steps.filter((step) => step.state === state).length] as const),
  },
  {
    name: 'mlspec_step_state',
    help: '1 for the state that a step is in.',
    labels: ['step', 'stage', 'state'],
    samples: ({ steps }) => steps.map(({ step, stage, state }) => [{ step, stage: stage ?? '', state }, 1] as const),
  },
  {
    name: 'mlspec_step_duration_seconds',
    help: 'Seconds that a step has been running, or took.',
    labels: ['step'],
    samples: ({ steps }) => steps.map(({ step, durationMs }) => [{ step }, durationMs / 1000] as const),
  },
  {
    name: 'mlspec_step_attempt',
    help: 'The attempt that a step is at, from 1.',
    labels: ['step'],
    samples: ({ steps }) => steps.map(({ step, attempt }) => [{ step }, attempt] as const),
  },
  {
    name: 'mlspec_step_silent_seconds',
    help: 'Seconds since a running step told anything, a heartbeat included.',
    labels: ['step'],
    samples: ({ steps }) =>
      steps.flatMap(({ step, silentMs }) => (silentMs === null ? [] : [[{ step }, silentMs / 1000] as const])),
  },
  {
    name: 'mlspec_step_progress_done',
    help: 'Units of work that a step has done.',
    labels: ['step'],
    samples: ({ steps }) =>
      steps.flatMap(({ step, progress }) => (progress === null ? [] : [[{ step }, progress.done] as const])),
  },
  {
    name: 'mlspec_step_progress_total',
    help: 'Units of work that a step has to do, where it knows.',
    labels: ['step'],
    samples: ({ steps }) =>
      steps.flatMap(({ step, progress }) =>
        progress === null || progress.total === null ? [] : [[{ step }, progress.total] as const],
      ),
  },
  {
    name: 'mlspec_step_metric',
    help: 'The last value of a metric that a step logged.',
    labels: ['step', 'metric'],
    samples: ({ steps }) =>
      steps.flatMap(({ step, metrics }) =>
        Object.entries(metrics).map(([metric, value]) => [{ step, metric }, value] as const),
      ),
  },
  {
    name: 'mlspec_step_events',
    help: 'Events that a step has told, by type.',
    labels: ['step', 'type'],
    samples: ({ steps }) =>
      steps.flatMap(({ step, events }) =>
        Object.entries(events).map(([type, count]) => [{ step, type }, count] as const),
      ),
  },
];

/** The status of a run and the engine's own process in the text format of Prometheus. */
export function createRunMetrics(current: () => RunStatus): { readonly contentType: string; text(): Promise<string> } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'mlspec_engine_' });
  for (const definition of gauges) {
    new Gauge({
      name: definition.name,
      help: definition.help,
      labelNames: [...definition.labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, value] of definition.samples(current())) this.set({ ...labels }, value);
      },
    });
  }
  return { contentType: registry.contentType, text: () => registry.metrics() };
}
