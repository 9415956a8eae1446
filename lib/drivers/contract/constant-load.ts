import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const CLIENTS = 4;
const EVERY_MS = 25;

/** Clients that send requests all the time, half of them on kept connections, and record every failure. */
export class ConstantLoad {
  readonly #url: string;
  readonly #agents: Agent[];
  readonly #clients: Promise<void>[];
  readonly #failures: string[] = [];
  /** The versions that answered, in order, as the first client saw them. */
  readonly #versions: string[] = [];
  #sent = 0;
  #stopped = false;

  constructor(url: string) {
    this.#url = url;
    this.#agents = Array.from({ length: CLIENTS }, (_, index) => new Agent({ keepAlive: index % 2 === 0 }));
    this.#clients = this.#agents.map((agent, index) => this.#client(agent, index === 0));
  }

  async stop(): Promise<{ sent: number; failures: string[]; versions: string[] }> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    for (const agent of this.#agents) agent.destroy();
    return { sent: this.#sent, failures: this.#failures, versions: this.#versions };
  }

  async #client(agent: Agent, remembers: boolean): Promise<void> {
    while (!this.#stopped) {
      this.#sent += 1;
      try {
        const version = await this.#ask(agent);
        if (remembers && this.#versions.at(-1) !== version) this.#versions.push(version);
      } catch (error) {
        this.#failures.push(String(error));
      }
      await sleep(EVERY_MS);
    }
  }

  #ask(agent: Agent): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = get(this.#url, { agent }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.once("error", reject);
        answer.once("end", () => {
          if (answer.statusCode === 200) resolve((JSON.parse(text) as { version: string }).version);
          else reject(new Error(`${answer.statusCode}: ${text}`));
        });
      });
      asked.once("error", reject);
    });
  }
}
