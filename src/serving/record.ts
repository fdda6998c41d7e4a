import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** How one request ended. */
export interface RequestOutcome {
  readonly route: string;
  readonly rowCount: number;
  /** The code of the error, or null. */
  readonly error: string | null;
  readonly durationMs: number;
}

/** Counts requests; never waits and never fails. */
export interface ServingRecord {
  began(): void;
  ended(outcome: RequestOutcome): void;
  restarted(): void;
  /** Requests under way. */
  readonly inFlight: number;
  /** All counts in the text format of Prometheus. */
  metrics(): Promise<string>;
  readonly contentType: string;
}

/** A record with counters of its own. */
export function createRecord(): ServingRecord {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const requests = new Counter({
    name: 'mlspec_requests_total',
    help: 'Requests to the model, by route and the code of the error, empty where there was none.',
    labelNames: ['route', 'error'],
    registers,
  });
  const rows = new Counter({ name: 'mlspec_rows_total', help: 'Rows that were answered.', registers });
  const seconds = new Histogram({
    name: 'mlspec_request_seconds',
    help: 'Time from the whole request to the whole answer.',
    labelNames: ['route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const restarts = new Counter({
    name: 'mlspec_model_restarts_total',
    help: 'Times that the process of the model was started again.',
    registers,
  });
  let inFlight = 0;
  const gauge = new Gauge({ name: 'mlspec_requests_in_flight', help: 'Requests under way.', registers });
  return {
    began: () => gauge.set(++inFlight),
    ended: ({ route, rowCount, error, durationMs }) => {
      gauge.set(--inFlight);
      requests.inc({ route, error: error ?? '' });
      seconds.observe({ route }, durationMs / 1_000);
      if (error === null) rows.inc(rowCount);
    },
    restarted: () => restarts.inc(),
    get inFlight() {
      return inFlight;
    },
    metrics: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
