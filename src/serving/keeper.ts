import { setTimeout as wait } from 'node:timers/promises';
import type { LoadedModel } from '../models/index.ts';

const longestWaitMs = 10_000;

/** Keeps one model loaded: loads it again, later and later, where its process ended. */
export interface Keeper {
  /** The model, or null while there is none that answers. */
  current(): LoadedModel | null;
  /** Says that the model failed; starts another where it answers no more. */
  check(): void;
  close(): Promise<void>;
}

/** Loads a model for the first time and then keeps it. @throws what loading throws */
export async function createKeeper(
  load: (signal: AbortSignal) => Promise<LoadedModel>,
  onRestart: () => void,
): Promise<Keeper> {
  const abort = new AbortController();
  const state: { model: LoadedModel | null; reloading: Promise<void> | null } = {
    model: await load(abort.signal),
    reloading: null,
  };
  const check = (): void => {
    if (state.model?.alive === true || state.reloading !== null || abort.signal.aborted) return;
    const dead = state.model;
    state.model = null;
    state.reloading = reload(dead).finally(() => {
      state.reloading = null;
    });
  };
  const reload = async (dead: LoadedModel | null): Promise<void> => {
    await dead?.close();
    for (let waitMs = 0; !abort.signal.aborted; waitMs = Math.min(longestWaitMs, Math.max(200, waitMs * 2))) {
      if (waitMs > 0) await wait(waitMs, undefined, { signal: abort.signal }).catch(() => undefined);
      onRestart();
      const model = await load(abort.signal).catch(() => null);
      if (model === null) continue;
      if (abort.signal.aborted) await model.close();
      else state.model = model;
      return;
    }
  };
  return {
    current: () => {
      check();
      return state.model;
    },
    check,
    close: async () => {
      abort.abort();
      await state.reloading;
      await state.model?.close();
      state.model = null;
    },
  };
}
