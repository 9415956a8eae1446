/** Our own codes come from the password sign-in, the others are next-auth's names for what went wrong with a provider. */
const KEYS = {
  "sign-in-failed": "refused",
  CredentialsSignin: "refused",
  "rate-limited": "rateLimited",
  AccessDenied: "accessDenied",
  SessionRequired: "required",
  unreachable: "unreachable",
  "database-unavailable": "unreachable",
  internal: "failed",
} as const;

export function signInErrorKey(error: string) {
  return Object.hasOwn(KEYS, error) ? KEYS[error as keyof typeof KEYS] : "providerFailed";
}
