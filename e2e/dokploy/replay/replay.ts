import { request } from "node:http";
import type { MadeKey } from "../keys";
import type { DokployStandIn } from "../stand-in";
import { compareBodies, type Difference } from "./compare";
import { Ids, isObject } from "./ids";
import type { Exchange } from "./transcript";

interface Reply {
  status: number;
  contentType: string | undefined;
  text: string;
}

const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** Sends the recorded requests to the stand-in, with recorded ids replaced with ours. */
export class Replay {
  readonly ids = new Ids();
  /** By the beginning of the exchange's name; the owner's key for all other exchanges. */
  readonly keys = new Map<string, MadeKey>();

  #release: (() => void) | undefined;

  constructor(readonly standIn: DokployStandIn) {}

  /** Every difference between the recorded answer and the stand-in's. */
  async exchange({ name, request: asked, response }: Exchange): Promise<Difference[]> {
    await this.#knowNewestDeployment(asked.query.deploymentId);
    const reply = await this.#send(name, asked);
    const status = { at: "status", recorded: response.status, ours: reply.status };
    if (status.recorded !== status.ours) return [status, { at: "body", recorded: response.body, ours: reply.text }];
    return [...this.#compareType(response, reply), ...this.#compareText(response, reply)];
  }

  #compareType({ headers }: Exchange["response"], { contentType }: Reply): Difference[] {
    const recorded = headers["content-type"]?.split(";")[0];
    const ours = contentType?.split(";")[0];
    return recorded === ours ? [] : [{ at: "content-type", recorded, ours }];
  }

  #compareText({ body, emptyBody }: Exchange["response"], { text }: Reply): Difference[] {
    if (emptyBody || text === "")
      return Boolean(emptyBody) === (text === "") ? [] : [{ at: "body", recorded: body, ours: text }];
    if (isObject(body) && "$text" in body)
      return body.$text === text ? [] : [{ at: "body", recorded: body.$text, ours: text }];
    const ours: unknown = JSON.parse(text);
    this.ids.learnFrom(body, ours);
    return compareBodies(this.ids.translate(body), ours);
  }

  /** The log of a deployment was requested whose row was never listed: it was the newest. */
  async #knowNewestDeployment(recorded: string | undefined): Promise<void> {
    if (!recorded || recorded === "nope" || this.ids.knows(recorded)) return;
    const [newest] = await this.ask<{ deploymentId: string }[]>("deployment.allCentralized");
    if (newest) this.ids.learn(recorded, newest.deploymentId);
  }

  #keyFor(name: string): string {
    const [, made] = [...this.keys].find(([beginning]) => name.startsWith(beginning)) ?? [];
    return made?.key ?? this.standIn.apiKey;
  }

  #send(name: string, { method, path, headers, query, body }: Exchange["request"]): Promise<Reply> {
    const sent = Object.entries(headers).map(([header, value]) => [
      header,
      value.replace("<api-key>", this.#keyFor(name)),
    ]);
    const parameters = new URLSearchParams(this.ids.translate(query)).toString();
    const url = `${this.standIn.url}${path}${parameters && `?${parameters}`}`;
    return send(url, { method, headers: Object.fromEntries(sent), body: this.#bodyOf(body) });
  }

  #bodyOf(body: unknown): string | undefined {
    if (body === null || body === undefined) return undefined;
    if (typeof body !== "string") return JSON.stringify(this.ids.translate(body));
    const [, bytes] = /^<(\d+) bytes>$/.exec(body) ?? [];
    return bytes ? JSON.stringify({ name: "x".repeat(Number(bytes)) }) : body;
  }

  /** Holds later jobs in progress. */
  hold(): void {
    this.#release = this.standIn.holdJobs();
  }
  release(): void {
    this.#release?.();
    this.#release = undefined;
  }
  get isHeld(): boolean {
    return this.#release !== undefined;
  }

  /** Unrecorded requests between the exchanges. */
  async ask<T>(procedure: string, query: Record<string, string> = {}): Promise<T> {
    const url = `${this.standIn.url}/api/${procedure}?${new URLSearchParams(query)}`;
    return JSON.parse((await send(url, { method: "GET", headers: { "x-api-key": this.standIn.apiKey } })).text);
  }
  async tell<T>(procedure: string, body: object): Promise<T> {
    const headers = { "x-api-key": this.standIn.apiKey, "content-type": "application/json" };
    const given = JSON.stringify(this.ids.translate(body));
    const { status, text } = await send(`${this.standIn.url}/api/${procedure}`, {
      method: "POST",
      headers,
      body: given,
    });
    if (status !== 200) throw new Error(`${procedure}: ${status} ${text}`);
    return JSON.parse(text || "null");
  }

  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`It never came to: ${isSo}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

/** Without the headers that fetch adds by itself. */
function send(
  url: string,
  { method, headers, body }: { method: string; headers: Record<string, string>; body?: string },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers["content-type"],
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
