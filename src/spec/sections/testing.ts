import { z } from 'zod';
import { names } from './quantities.ts';

/** Which gates a release carries out. */
export const testingSection = z
  .strictObject({ gates: names.default([]).describe('Gates of objectives.gates, in order.') })
  .prefault({})
  .describe('Which gates a release carries out on sealed parts.');
