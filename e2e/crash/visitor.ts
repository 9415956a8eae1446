import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 20;
/** Longer than a person would wait; a request that takes this long counts as failed. */
const PATIENCE_MS = 30_000;

export interface Answer {
  atMs: number;
  tookMs: number;
  /** The version of the release that answered; null for a failed request. */
  version: string | null;
  failure: string | null;
}

/** Requests the public port repeatedly, over a kept connection as browsers and proxies do, and records every answer. */
export class Visitor {
  readonly answers: Answer[] = [];
  readonly #port: number;
  readonly #host: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #asking: Promise<void>;
  #leaving = false;

  constructor(port: number, host = "127.0.0.1") {
    this.#port = port;
    this.#host = host;
    this.#asking = this.#ask();
  }

  get failures(): Answer[] {
    return this.answers.filter(({ failure }) => failure !== null);
  }
  get lastVersion(): string | null {
    return this.answers.at(-1)?.version ?? null;
  }
  /** The versions that answered, in order and without repeats: ["1", "2"] for one switch. */
  get versions(): string[] {
    const versions = this.answers.flatMap(({ version }) => version ?? []);
    return versions.filter((version, index) => version !== versions[index - 1]);
  }
  get longestWaitMs(): number {
    return Math.max(0, ...this.answers.map(({ tookMs }) => tookMs));
  }

  async leave(): Promise<this> {
    this.#leaving = true;
    await this.#asking;
    this.#agent.destroy();
    return this;
  }

  async #ask(): Promise<void> {
    while (!this.#leaving) {
      const atMs = Date.now();
      const said = await this.#once();
      this.answers.push({ atMs, tookMs: Date.now() - atMs, ...said });
      await sleep(EVERY_MS);
    }
  }

  #once(): Promise<Pick<Answer, "version" | "failure">> {
    return new Promise((resolve) => {
      const failed = (failure: string) => resolve({ version: null, failure });
      const request = get({ host: this.#host, port: this.#port, path: "/", agent: this.#agent }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.once("error", (error) => failed(error.message));
        response.once("end", () => {
          if (response.statusCode !== 200) failed(`HTTP ${response.statusCode} ${body.trim()}`);
          else resolve({ version: body, failure: null });
        });
      });
      request.setTimeout(PATIENCE_MS, () => request.destroy(new Error("no answer")));
      request.once("error", (error) => failed(error.message));
    });
  }
}
