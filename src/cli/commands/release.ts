import { carryOut } from '../carry-out.ts';
import type { CommandCall } from '../command.ts';

/** `mlspec release`: the whole declaration, gates, packaging and registration included. */
export async function run(call: CommandCall): Promise<number> {
  return await carryOut(call, { verb: 'release' });
}
