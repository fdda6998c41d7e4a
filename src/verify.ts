/** What programs import from `mlspec/verify`: the verdict about an exported run, by its files and the keys that they trust. */
export { type FolderVerification, verifyFolder } from './app/export/verify-folder.ts';
