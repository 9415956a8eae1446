import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { ROUTES } from "@/app/api/routes";
import { DeploymentView } from "@/lib/contracts/deployment";
import { runDeployment } from "@/lib/engine/run-deployment";
import type { RouteHandler } from "@/lib/web/http/definition";

/** The API's route handlers behind a real HTTP server, with a worker that takes each deployment at once. */
export class TestConsole {
  /** Returns true for a request that a proxy answers with a 503 by itself. */
  isAway: (request: string) => boolean = () => false;
  /** Called with each chunk of a stream of events; true cuts the connection. */
  cutsEvents: (chunk: string) => boolean = () => false;
  /** The worker takes deployments once this has resolved. */
  mayWork: Promise<void> = Promise.resolve();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #running = new Set<Promise<unknown>>();

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = incoming;
    if (this.isAway(`${method} ${url}`)) return void outgoing.writeHead(503).end("<h1>starting</h1>");
    const response = await answer(incoming, outgoing);
    if (method === "POST" && response.status === 202) this.#work(DeploymentView.parse(await response.clone().json()));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    const body = response.body ? Readable.fromWeb(response.body as ReadableStream) : Readable.from([]);
    await pipeline(body, this.#cutting(response, outgoing), outgoing).catch(() => {}); // the program went away
  }

  #cutting({ headers }: Response, outgoing: ServerResponse) {
    const isStream = headers.get("content-type") === "text/event-stream";
    const isCut = (chunk: string) => isStream && this.cutsEvents(chunk);
    return async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        yield chunk;
        if (!isCut(Buffer.from(chunk).toString())) continue;
        outgoing.socket?.destroySoon();
        return;
      }
    };
  }

  #work({ service }: DeploymentView): void {
    const signal = new AbortController().signal;
    const options = { workerId: "test", handOver: signal, onStart: () => undefined };
    const turn = this.mayWork.then(() => runDeployment(service.id, options));
    this.#running.add(turn.finally(() => this.#running.delete(turn)));
  }
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<Response> {
  const { method = "GET", url = "/" } = incoming;
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  const request = new Request(new URL(url, `http://${incoming.headers.host}`), {
    method,
    headers: incoming.headers as Record<string, string>,
    signal: gone.signal,
    ...(method === "GET" ? {} : { body: Readable.toWeb(incoming) as BodyInit, duplex: "half" }),
  });
  const { pathname } = new URL(request.url);
  for (const [path, handlers] of Object.entries(ROUTES)) {
    const names = [...path.matchAll(/\[(\w+)\]/g)].map(([, name = ""]) => name);
    const match = new RegExp(`^${path.replaceAll(/\[\w+\]/g, "([^/]+)")}$`).exec(pathname);
    const handler = (handlers as Partial<Record<string, RouteHandler>>)[method];
    if (!match || !handler) continue;
    const params = Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? "")]));
    return handler(request, { params: Promise.resolve(params) });
  }
  return new Response(null, { status: 404 });
}

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the bundled program as a person does, without a terminal. */
export function startProgram(args: readonly string[], cwd: string, env: Record<string, string>): ChildProcess {
  const program = join(import.meta.dirname, "../dist/cli.mjs");
  return spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env.PATH, NODE_ENV: "production", HOME: cwd, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

export async function endOf(child: ChildProcess, input = ""): Promise<Ended> {
  child.stdin?.end(input);
  const [[exitCode], stdout, stderr] = await Promise.all([
    once(child, "close") as Promise<[number | null]>,
    child.stdout ? text(child.stdout) : "",
    child.stderr ? text(child.stderr) : "",
  ]);
  return { exitCode, stdout, stderr };
}
