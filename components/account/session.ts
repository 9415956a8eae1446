/* Signing in and out through next-auth's own addresses: its browser library would be a tenth of a page's scripts. */

/**
 * Signs in with the credentials of lib/web/auth/sign-in.ts. Undefined on success; else the refusal's code, or
 * `unreachable`.
 */
export async function signInWithCredentials(credentials: Record<string, string>): Promise<string | undefined> {
  try {
    const url = await post("callback/credentials", credentials);
    return new URL(url, window.location.href).searchParams.get("error") ?? undefined;
  } catch (error) {
    if (error instanceof TypeError) return "unreachable"; // fetch throws it when no server answers
    throw error;
  }
}

/** Goes to the provider, which redirects the person to `destination`. */
export async function signInWith(provider: string, destination: string): Promise<void> {
  window.location.assign(await post(`signin/${encodeURIComponent(provider)}`, { callbackUrl: destination }));
}

export async function signOut(): Promise<void> {
  await post("signout", { callbackUrl: "/sign-in" });
  window.location.assign("/sign-in");
}

/** Returns the address that next-auth names as the next one. */
async function post(path: string, fields: Record<string, string>): Promise<string> {
  const form = await fetch("/api/auth/csrf");
  const { csrfToken } = (await form.json()) as { csrfToken: string };
  const answer = await fetch(`/api/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ ...fields, csrfToken, json: "true" }),
  });
  const { url } = (await answer.json()) as { url: string };
  return url;
}
