/** Our own codes come from the password sign-in, the others are next-auth's names for a provider's errors. */
const KEYS = {
  "sign-in-failed": "refused",
  CredentialsSignin: "refused",
  "second-factor-wrong": "codeWrong",
  "passkey-failed": "passkeyFailed",
  "rate-limited": "rateLimited",
  AccessDenied: "accessDenied",
  SessionRequired: "required",
  unreachable: "unreachable",
  "database-unavailable": "unreachable",
  internal: "failed",
} as const;

export type SignInErrorKey = (typeof KEYS)[keyof typeof KEYS] | "providerFailed";
export const SIGN_IN_ERRORS = [...new Set(Object.values(KEYS)), "providerFailed"] as const satisfies SignInErrorKey[];

export function signInErrorKey(error: string): SignInErrorKey {
  return Object.hasOwn(KEYS, error) ? KEYS[error as keyof typeof KEYS] : "providerFailed";
}
