/** Where people sign in by a provider, and out. */
export const paths = {
  signIn: '/mlspec/sign-in',
  /** Where the provider sends browsers back to. */
  callback: '/mlspec/sign-in/callback',
  signOut: '/mlspec/sign-out',
  signedOut: '/mlspec/signed-out',
  account: '/mlspec/account',
} as const;
