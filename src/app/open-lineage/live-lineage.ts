/**
 * OpenLineage events while a run goes on. Executions are watched where they are recorded, so that nothing is posted that
 * the record does not hold; what an event says is read from the record when its turn has come.
 */
import { type LineageEvent, type LineageRun, runEnds, runEvent, stepEvent, stepEvents } from '../../exports/index.ts';
import type { MetadataStore } from '../../metadata/index.ts';
import type { RunEvent } from '../../pipeline/index.ts';
import type { Config } from '../config.ts';
import { viewDeclared } from '../export/view-declared.ts';
import { viewStep } from '../export/view-steps.ts';
import { secretsOf, withoutSecretsInStep } from '../export/without-secrets.ts';
import type { RunnablePlan } from '../plan-cache.ts';
import type { ProjectRecord } from '../project-record.ts';
import { readSteps } from '../records.ts';
import { programVersion } from '../version.ts';
import { openEventPost } from './event-post.ts';
import type { LineageTarget } from './lineage-target.ts';

/** Whoever posts the events of one run. */
export interface LiveLineage {
  readonly observe: (event: RunEvent) => void;
  /** The same record, of which executions are watched. */
  readonly watch: (metadata: MetadataStore) => MetadataStore;
  /** Waits a short time for what is on its way. */
  readonly close: () => Promise<void>;
}

/** What a run is carried out with. */
export interface LineageWork {
  readonly planned: RunnablePlan;
  readonly record: ProjectRecord;
  readonly say: (message: string) => void;
}

/** Begins to post. */
export function openLiveLineage(config: Config, target: LineageTarget, work: LineageWork): LiveLineage {
  const { planned, record, say } = work;
  const post = openEventPost(target, say);
  const { description, owners } = viewDeclared(JSON.parse(planned.spec));
  const program = { name: 'mlspec', version: programVersion };
  const values = secretsOf(
    config,
    planned.plan.steps.flatMap(({ secrets }) => secrets),
  );
  const madeBy = new Map<string, { step: string; port: string }>();
  let run: LineageRun | null = null;

  const eventsOf = async (id: string, when: 'start' | 'end'): Promise<LineageEvent[]> => {
    if (run === null) return [];
    const [read] = await readSteps(record, [await record.metadata.getExecution(id)]);
    for (const { port, artifact } of read!.outputs) madeBy.set(artifact.id, { step: read!.execution.step, port });
    const statement = await record.metadata.statementOf(id);
    const step = viewStep(read!, {
      plan: new Map(planned.plan.steps.map((one) => [one.name, one])),
      statements: new Map(statement === null ? [] : [[id, { digest: statement.digest, logIndex: statement.logPlace }]]),
      originals: new Map(),
      madeBy,
    });
    const clean = withoutSecretsInStep(step, values);
    if (when === 'start') return [stepEvent(run, clean, { eventType: 'START', atMs: clean.startedAtMs })];
    return started.has(id) ? stepEvents(run, clean).slice(1) : stepEvents(run, clean);
  };
  const started = new Set<string>();
  return {
    observe: (event) => {
      if (event.type === 'run-started') {
        run = { id: event.runId, name: event.name, description, owners, program };
        const start = runEvent(run, 'START', event.atMs);
        post.add(async () => [start]);
      }
      if (event.type === 'run-ended' && run !== null) {
        const end = runEvent(run, runEnds[event.state], event.atMs);
        post.add(async () => [end]);
      }
    },
    watch: (metadata) =>
      watchExecutions(metadata, {
        onStart: (id) => {
          started.add(id);
          post.add(() => eventsOf(id, 'start'));
        },
        onEnd: (id) => post.add(() => eventsOf(id, 'end')),
      }),
    close: post.close,
  };
}

interface Watcher {
  readonly onStart: (executionId: string) => void;
  readonly onEnd: (executionId: string) => void;
}

/** A record that tells of every start and end of an execution once it is written. */
function watchExecutions(metadata: MetadataStore, { onStart, onEnd }: Watcher): MetadataStore {
  const ends = (
    name: 'publish' | 'publishCached' | 'publishFailure' | 'publishCanceled',
  ): MetadataStore[typeof name] => {
    return async (publication) => {
      await metadata[name](publication);
      onEnd(publication.execution.id);
    };
  };
  const watched: Partial<MetadataStore> = {
    openExecution: async (execution, inputs) => {
      await metadata.openExecution(execution, inputs);
      onStart(execution.id);
    },
    publish: ends('publish'),
    publishCached: ends('publishCached'),
    publishFailure: ends('publishFailure'),
    publishCanceled: ends('publishCanceled'),
  };
  return new Proxy(metadata, {
    get: (target, name) => {
      const own = watched[name as keyof MetadataStore];
      if (own !== undefined) return own;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
