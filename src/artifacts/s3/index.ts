export { createS3Artifacts } from './s3-artifacts.ts';
