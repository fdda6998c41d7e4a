import { fileURLToPath } from 'node:url';

/** Where, inside a write, an engine dies: before or after the nth such call since its fail point. */
export interface DeathInside {
  readonly edge: 'before' | 'after';
  /** `link`, `remove` or `write` of a file, or the beginning of a statement in SQL. */
  readonly call: string;
  readonly nth: number;
}

const preload = fileURLToPath(new URL('./die-inside.ts', import.meta.url));

/** Variables that let an engine die so. */
export function deathInside(failPoint: string, death: DeathInside): NodeJS.ProcessEnv {
  return {
    MLSPEC_FAIL_POINT: failPoint,
    DIE_INSIDE: JSON.stringify(death),
    NODE_OPTIONS: `--import ${preload} --disable-warning=ExperimentalWarning`,
  };
}
