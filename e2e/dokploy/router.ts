import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, failure, send, success, unauthorized } from "./answer";
import { ApiError } from "./api-error";
import { breakAnswer } from "./break-answer";
import type { FaultKind } from "./faults";
import type { Caller } from "./keys";
import type { Procedures } from "./procedure";
import { parseBody, readBody } from "./request-body";
import type { Server } from "./server";

/** One request and how it ended. */
export interface RecordedCall {
  procedure: string;
  method: string;
  /** The query, or the body if it was JSON. */
  input: unknown;
  /** What the caller got. */
  status: number | "hang" | "reset";
  fault: FaultKind | null;
  /** When it arrived, by performance.now(), and how long its answer took. */
  startedMs: number;
  ms: number;
}

interface Asked {
  method: string;
  procedure: string;
  query: Record<string, string>;
  body: string;
  contentType: string | undefined;
}

/** All HTTP requests to the server. */
export class Router {
  readonly calls: RecordedCall[] = [];

  constructor(
    private readonly server: Server,
    private readonly procedures: Procedures,
    /** The additional duration of a call in milliseconds. */
    private readonly costOf: (procedure: string) => number,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://server");
    const open = openAnswer(pathname);
    if (open) return send(response, open);
    const procedure = pathname.replace(/^\/api\//, "");
    const query = Object.fromEntries(searchParams);
    const method = request.method ?? "GET";
    const contentType = request.headers["content-type"];
    const record = (status: RecordedCall["status"], fault: FaultKind | null, body: string) => {
      const input = method === "GET" ? query : jsonOr(body);
      this.calls.push({
        procedure,
        method,
        input,
        status,
        fault,
        startedMs: startedAt,
        ms: performance.now() - startedAt,
      });
    };
    const body = await readBody(request).catch((error: unknown) => failure(error, procedure, this.server.version));
    if (typeof body !== "string") {
      const caller = this.server.keys.verify(keyOf(request));
      const answer = caller ? body : unauthorized();
      record(answer.status, null, "");
      return send(response, answer);
    }
    await this.#answer(request, response, { method, procedure, query, body, contentType }, record);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    asked: Asked,
    record: (status: RecordedCall["status"], fault: FaultKind | null, body: string) => void,
  ): Promise<void> {
    const { faults, version } = this.server;
    const before = faults.take(asked.procedure, "before");
    const broken = before && (await breakAnswer(response, before, asked.procedure, version));
    if (broken !== undefined) return record(broken, before?.kind ?? null, asked.body);
    const cost = this.costOf(asked.procedure);
    if (cost > 0) await sleep(cost / 2);
    const answer = await this.#effect(asked, keyOf(request));
    if (cost > 0) await sleep(cost / 2);
    const after = faults.take(asked.procedure, "after");
    const lost = after && (await breakAnswer(response, after, asked.procedure, version));
    record(lost ?? answer.status, (after ?? before)?.kind ?? null, asked.body);
    if (lost === undefined) send(response, answer);
  }

  /** The key is checked first, so that an invalid one learns nothing. */
  async #effect(asked: Asked, key: string | undefined): Promise<Answer> {
    const caller = this.server.keys.verify(key);
    if (!caller) return unauthorized();
    try {
      return success(await this.#run(asked, caller));
    } catch (error) {
      return failure(error, this.#isKnown(asked) ? asked.procedure : undefined, this.server.version);
    }
  }

  #isKnown({ procedure, method }: Asked): boolean {
    return this.procedures[procedure]?.kind === (method === "GET" ? "query" : method === "POST" ? "mutation" : "none");
  }

  #run(asked: Asked, caller: Caller): unknown {
    const procedure = this.procedures[asked.procedure];
    if (!procedure || !this.#isKnown(asked)) throw new ApiError("NOT_FOUND", "Not found");
    const input = procedure.kind === "query" ? asked.query : parseBody(asked.body, asked.contentType);
    return procedure.run(input, { server: this.server, caller });
  }
}

function keyOf(request: IncomingMessage): string | undefined {
  const key = request.headers["x-api-key"];
  return typeof key === "string" ? key : undefined;
}

/** Requests that need no key. */
function openAnswer(pathname: string): Answer | undefined {
  if (pathname === "/api/health") return success({ ok: true });
  if (pathname === "/api/trpc/settings.health") return success({ result: { data: { json: { status: "ok" } } } });
  return undefined;
}

function jsonOr(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
