import type { Output } from './output.ts';

/** A tracking server that answers. */
export interface ReadyServer {
  readonly url: string;
  /** Where the tables are. */
  readonly store: string;
}

/** Tells where a tracking server is. */
export function tellReady(output: Output, { url, store }: ReadyServer): void {
  if (output.json) output.resultJson({ type: 'ready', url, store });
  else output.result(`tracking at ${url}`);
  if (!output.live) return;
  output.say(output.style('dim', `  the record is in ${store}`));
  output.say(output.style('dim', `  export MLFLOW_TRACKING_URI=${url}; Ctrl-C ends it`));
}
