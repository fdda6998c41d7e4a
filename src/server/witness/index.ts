export { serveWitness, type WitnessDesk, type WitnessServer } from './serve-witness.ts';
