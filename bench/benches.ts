import { artifactsBench } from './artifacts.ts';
import { dataBench } from './data.ts';
import { engineBench } from './engine.ts';
import type { Bench } from './frame/bench.ts';
import { largeTableBench } from './large-table.ts';
import { noOpBench } from './no-op.ts';
import { peersBench } from './peers.ts';
import { signingBench } from './signing.ts';
import { startBench } from './start.ts';
import { trackingBench } from './tracking.ts';
import { transformBench } from './transform.ts';
import { verifyBench } from './verify.ts';

/** Every bench, in the order in which they run and stand on the page. */
export const benches: readonly Bench[] = [
  startBench,
  noOpBench,
  engineBench,
  peersBench,
  transformBench,
  dataBench,
  largeTableBench,
  artifactsBench,
  signingBench,
  verifyBench,
  trackingBench,
];
