/** Whoever does something, for the audit log. */
export interface Actor {
  /** Null: nobody who signed in. */
  readonly user: string | null;
  /** The prefix of the token that signed in; null: none did. */
  readonly token: string | null;
  /** Where the request came from; null: the command line. */
  readonly address: string | null;
}
