import { Api } from "./api";

export interface Person {
  email: string;
  password: string;
}

/** Signs in like a browser, including the form's token; returns the session's cookies. */
export async function signIn(url: string, person: Person): Promise<string> {
  const form = await fetch(`${url}/api/auth/csrf`);
  const { csrfToken } = (await form.json()) as { csrfToken: string };
  const answer = await fetch(`${url}/api/auth/callback/credentials`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded", cookie: cookiesOf(form), origin: url },
    body: new URLSearchParams({ ...person, csrfToken, json: "true" }),
  });
  const session = cookiesOf(answer);
  if (!session.includes("session-token="))
    throw new Error(`${person.email} could not sign in: ${answer.status} ${await answer.text()}`);
  return session;
}

/** Signs in and creates a token, as a person does. */
export async function signInForToken(url: string, person: Person, role: "admin" | "member"): Promise<Api> {
  const session = new Api(url, { cookie: await signIn(url, person) });
  const { token } = await session.post<{ token: string }>("/api/tokens", { name: "bench", role });
  return new Api(url, { token });
}

function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");
}
