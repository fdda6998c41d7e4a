/** Copies what one example needs into a folder's data/; the number of files copied. */
export function prepare(example: string, folder?: string): number;
