/** A thread that hashes: it is given lists of parts, and answers each with the list of their digests. */
import { parentPort } from 'node:worker_threads';
import { type FilePart, hashPart } from './hash-part.ts';

parentPort?.on('message', (parts: readonly FilePart[]) => parentPort?.postMessage(parts.map(hashPart)));
