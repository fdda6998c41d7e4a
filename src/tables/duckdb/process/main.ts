/* The process of a query engine, started by the program that asks it. */
import { enableCompileCache } from 'node:module';

// Before anything else is loaded, so that only the first start on a machine strips types.
enableCompileCache();
const { answerCalls } = await import('./answer-calls.ts');
answerCalls();
