/** What a process was started with. The one place where arguments, environment and folder of the process are read. */
export interface ProcessStart {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** The arguments after the program's name, the environment, and the current folder. */
export function processStart(): ProcessStart {
  return { argv: process.argv.slice(2), env: process.env, cwd: process.cwd() };
}
