export { canonicalJson, type JsonObject, type JsonValue } from './canonical-json.ts';
export { formatInstant, monotonicMs, now } from './clock.ts';
export { type Digest, digestFile, digestHex, digestJson, digestOf, isDigest, parseDigest } from './digest.ts';
export { newId } from './id.ts';
export { modulePath } from './module-path.ts';
export { durationUnits, formatBytes, formatDuration, parseBytes, parseDuration, sizeUnits } from './quantity.ts';
export { secureRandomBytes, seededRandom } from './random.ts';
export { writeFileAtomically } from './write-file.ts';
