import type { DeploymentView } from "@/lib/contracts/deployment";

/** The console's API for a client with a token or a session. Every answer but a success is an error. */
export class Api {
  readonly #credentials: Readonly<Record<string, string>>;

  constructor(
    readonly url: string,
    credentials: { token: string } | { cookie: string },
  ) {
    this.#credentials =
      "token" in credentials
        ? { authorization: `Bearer ${credentials.token}` }
        : { cookie: credentials.cookie, origin: url };
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#credentials;
  }

  get<T>(path: string): Promise<T> {
    return this.#send<T>("GET", path);
  }
  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#send<T>("POST", path, body);
  }
  patch<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>("PATCH", path, body);
  }

  /** The text of a page, read to its end as by a browser. */
  async page(path: string): Promise<string> {
    const answer = await fetch(this.url + path, { headers: this.headers, redirect: "error" });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
    return text;
  }

  deploy(service: string, options: { rebuild?: boolean } = {}): Promise<DeploymentView> {
    return this.post("/api/deployments", { service, ...options });
  }
  rollBack(service: string, releaseId?: string): Promise<DeploymentView> {
    return this.post(`/api/services/${service}/rollback`, releaseId === undefined ? {} : { releaseId });
  }
  deployment(id: string): Promise<DeploymentView> {
    return this.get(`/api/deployments/${id}`);
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = { ...this.headers, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const answer = await fetch(this.url + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}
