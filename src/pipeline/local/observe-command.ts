import type { Invocation, InvocationResult } from '../invocation.ts';
import { type Metered, meterProcess, type ProcessMeter } from './process-meter.ts';
import { readWatchedCode } from './python-watch.ts';

/** What is seen from outside of a command, which knows nothing of results. */
export interface CommandObservation {
  onStart(processId: number): void;
  /** Ends the observation, once the command has ended. */
  stop(): Promise<void>;
  /** A result with what the command used and, beside the code that it told itself, that which its Python loaded. */
  addTo(result: InvocationResult): Promise<InvocationResult>;
}

/** Observes the process of an invocation; of what tells itself what it used and loaded, nothing is added. */
export function observeCommand(invocation: Invocation): CommandObservation {
  if (invocation.component.kind !== 'command')
    return { onStart: () => undefined, stop: async () => undefined, addTo: async (result) => result };
  let meter: ProcessMeter | null = null;
  let metered: Metered = { cpuSeconds: 0, peakMemoryBytes: 0, pythons: [] };
  return {
    onStart: (processId) => {
      meter = meterProcess(processId);
    },
    stop: async () => {
      metered = (await meter?.stop()) ?? metered;
      meter = null;
    },
    addTo: async (result) => ({
      ...result,
      code: mergeCode(result.code, await readWatchedCode(invocation, metered.pythons)),
      usage: {
        cpuSeconds: Math.max(result.usage.cpuSeconds, metered.cpuSeconds),
        peakMemoryBytes: Math.max(result.usage.peakMemoryBytes, metered.peakMemoryBytes),
      },
    }),
  };
}

function mergeCode(told: InvocationResult['code'], watched: InvocationResult['code']): InvocationResult['code'] {
  return {
    ...told,
    ...watched,
    files: [...told.files, ...watched.files],
    absent: [...told.absent, ...watched.absent],
  };
}
