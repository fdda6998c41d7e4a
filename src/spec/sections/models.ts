import { z } from 'zod';
import { evaluationSection } from './evaluation.ts';
import { featuresSection } from './features.ts';
import { packagingSection } from './packaging.ts';
import { names } from './quantities.ts';
import { trainingSection } from './training.ts';
import { transformationSection } from './transformation.ts';

/** One of several models. */
export const modelSection = z
  .strictObject({
    needs: names.default([]).describe('Models whose predictions it takes.'),
    features: featuresSection.optional(),
    transformation: transformationSection.optional(),
    training: trainingSection,
    evaluation: evaluationSection.optional(),
    packaging: packagingSection.optional(),
  })
  .describe('One of several models, with its own training to packaging.');
