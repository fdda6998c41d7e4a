import type { StageDefinition } from '../pipeline/index.ts';
import { analysis, inspection } from './analysis/index.ts';
import { declared } from './declared/index.ts';
import { evaluation } from './evaluation/index.ts';
import { ingestion } from './ingestion/index.ts';
import { packaging } from './packaging/index.ts';
import { splitting } from './splitting/index.ts';
import { testing } from './testing/index.ts';
import { refitting, training } from './training/index.ts';
import { transformation } from './transformation/index.ts';
import { validation } from './validation/index.ts';

/** The stages of the lifecycle that run, in the order in which their steps are planned. */
export const stages: readonly StageDefinition[] = [
  ingestion,
  splitting,
  analysis,
  validation,
  transformation,
  training,
  evaluation,
  testing,
  packaging,
  refitting,
  declared,
  inspection,
];
