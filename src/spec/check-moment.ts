/** What of a check in the language of checks may ask for the moment at which it is carried out. */
interface AskingCheck {
  readonly that: string | null;
  readonly where: string | null;
}

/** Whether a check asks, by `now()` or `age(t)`, for the moment at which it is carried out. */
export function asksForMoment({ that, where }: AskingCheck): boolean {
  return /\b(?:now|age)\s*\(/.test(`${that ?? ''} ${where ?? ''}`);
}
