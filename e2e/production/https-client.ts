import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";

export interface HttpsAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Names and values as received, so that a duplicate is visible. */
  rawHeaders: string[];
  body: string;
}

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A minimal browser for a console at an address that no DNS resolves: it trusts one authority, and keeps cookies. */
export class HttpsClient {
  #cookies = new Map<string, string>();

  constructor(readonly at: { address: string; domain: string; authority: string }) {}

  /** Rejects when the certificate is not for the domain or not from the authority. */
  async ask(path: string, { method = "GET", headers = {}, body }: Asked = {}): Promise<HttpsAnswer> {
    const incoming = await this.#open(path, method, headers, body);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { statusCode: status = 0, headers: answered, rawHeaders } = incoming;
    return { status, headers: answered, rawHeaders, body: Buffer.concat(chunks).toString() };
  }

  /** Sends and receives JSON; rejects with the answer when it is not a success. */
  async json<T>(path: string, body?: unknown): Promise<T> {
    const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const headers = { "content-type": "application/json", origin: this.origin };
    const answer = await this.ask(path, { ...sent, headers });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as T;
  }

  /** Each piece with its arrival time, in milliseconds of this process, until `isLast` or the end of the stream. */
  async stream(path: string, isLast: (text: string) => boolean): Promise<{ atMs: number; text: string }[]> {
    const incoming = await this.#open(path, "GET", { accept: "text/event-stream", "accept-encoding": "gzip, zstd" });
    const pieces: { atMs: number; text: string }[] = [];
    for await (const chunk of incoming) {
      const text = (chunk as Buffer).toString();
      pieces.push({ atMs: performance.now(), text });
      if (isLast(text)) break;
    }
    incoming.destroy();
    return pieces;
  }

  async signIn(email: string, password: string): Promise<void> {
    const { csrfToken } = await this.json<{ csrfToken: string }>("/api/auth/csrf");
    const body = new URLSearchParams({ email, password, csrfToken, json: "true" }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", origin: this.origin };
    const answer = await this.ask("/api/auth/callback/credentials", { method: "POST", headers, body });
    if (![...this.#cookies.keys()].some((name) => name.endsWith("session-token")))
      throw new Error(`${email} could not sign in: ${answer.status} ${answer.body}`);
  }

  get origin(): string {
    return `https://${this.at.domain}`;
  }

  get cookieNames(): string[] {
    return [...this.#cookies.keys()];
  }

  #open(path: string, method: string, headers: Record<string, string>, body?: string) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const { address, domain, authority } = this.at;
    return new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
      const call = request({
        ...{ host: address, port: 443, servername: domain, ca: authority, agent: false },
        ...{ path, method, headers: { host: domain, ...(cookie && { cookie }), ...headers } },
      });
      call.once("response", (incoming) => {
        this.#keep(incoming.headers["set-cookie"] ?? []);
        resolve(incoming);
      });
      call.once("error", reject);
      call.end(body);
    });
  }

  #keep(set: string[]): void {
    for (const line of set) {
      const [pair = ""] = line.split(";", 1);
      const at = pair.indexOf("=");
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}
