/** The logged model that the address of a version names, `models:/m-…`; null for other addresses. */
export function loggedModelOf(source: string | null): string | null {
  return /^models:\/(m-[\w-]+)$/.exec(source ?? '')?.[1] ?? null;
}
