import { type GateStatus, gateStatus, openGate, retireGate } from '../../app/index.ts';
import { didYouMean, formatInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, isOn } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec gate status|open|retire`: how the sealed parts stand, what was sealed, and their end. */
export async function run(call: CommandCall): Promise<number> {
  const [action, gate] = call.arguments;
  if (action === 'status') return await status(call, gate);
  if (gate === undefined || (action !== 'open' && action !== 'retire')) {
    throw new PlatformError('CLI_USAGE', {
      message: `expected gate status, gate open GATE or gate retire GATE, found gate ${[action, gate].join(' ').trim()}`,
      ...didYouMean(action ?? '', ['status', 'open', 'retire']),
    });
  }
  if (action === 'retire' && !isOn(call, 'yes')) {
    throw new PlatformError('CLI_USAGE', {
      message: `retiring the part of gate ${gate} cannot be undone: it can certify nothing more`,
      hint: `If that is meant: mlspec gate retire ${gate} --yes`,
    });
  }
  const reports = action === 'open' ? await openGate(call.config, gate) : await retireGate(call.config, gate);
  if (call.output.json) call.output.resultJson({ type: 'result', gate, reports });
  else call.output.result(JSON.stringify(reports, null, 2));
  return exitCodes.done;
}

async function status(call: CommandCall, name: string | undefined): Promise<number> {
  const all = await gateStatus(call.config);
  const gates = all.filter((gate) => name === undefined || gate.gate === name);
  if (name !== undefined && gates.length === 0) {
    const names = all.map((gate) => gate.gate);
    throw new PlatformError('GATE_UNKNOWN', {
      message: `expected a gate, found ${JSON.stringify(name)}; there are: ${names.join(', ') || 'none'}`,
      ...didYouMean(name, names),
    });
  }
  if (call.output.json) call.output.resultJson({ type: 'result', gates });
  else if (gates.length === 0) call.output.say('the declaration has no gates: they stand under objectives.gates');
  else for (const gate of gates) print(call, gate);
  return exitCodes.done;
}

function print({ output }: CommandCall, gate: GateStatus): void {
  output.result(
    `${gate.gate.padEnd(14)} on ${gate.part.padEnd(10)} ${gate.usesSpent} of ${gate.uses} uses spent${gate.retired ? ', retired' : ''}`,
  );
  for (const use of gate.history)
    output.result(
      `  ${formatInstant(use.spentAtMs)}  ${use.bit.padEnd(8)} model ${use.model.slice(7, 19)}${use.fromLog ? '  from the use log' : ''}`,
    );
}
