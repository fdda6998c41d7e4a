import { type ArtifactLineage, traceArtifact } from '../../app/index.ts';
import type { CommandCall } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec lineage ARTIFACT`: the steps that led to it and those that used it. */
export async function run(call: CommandCall): Promise<number> {
  const traced = await traceArtifact(call.config, call.arguments[0]!);
  if (call.output.json) call.output.resultJson({ type: 'result', ...traced });
  else {
    call.output.result(`${call.output.style('bold', traced.artifact.type)} ${traced.artifact.digest}`);
    print(call, 'made from', traced.ancestors);
    print(call, 'used for', traced.descendants);
  }
  return exitCodes.done;
}

function print(call: CommandCall, title: string, lineage: ArtifactLineage['ancestors']): void {
  call.output.result(`${title}:${lineage.executions.length === 0 ? ' nothing recorded' : ''}`);
  const artifacts = new Map(lineage.artifacts.map((artifact) => [artifact.id, artifact]));
  for (const execution of lineage.executions) {
    const ports = lineage.events.filter((event) => event.executionId === execution.id);
    const side = (direction: 'INPUT' | 'OUTPUT'): string =>
      ports
        .filter((event) => event.direction === direction && artifacts.has(event.artifactId))
        .map((event) => `${event.port} ${artifacts.get(event.artifactId)!.digest.slice(7, 15)}`)
        .join(', ');
    call.output.result(`  ${execution.step.padEnd(24)} ${side('INPUT') || '(raw sources)'} → ${side('OUTPUT')}`);
  }
}
