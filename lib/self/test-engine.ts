import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { json } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Slot } from "./release";

export interface TestContainer {
  id: string;
  service: string;
  slot: Slot | null;
  image: string;
  running: boolean;
  restarts: number;
}

/** A request in the words of Docker's command line; returns the exit code of the command it ran. */
type Record = (words: readonly string[]) => number;

interface Answer {
  status?: number;
  body?: unknown;
}

/** For unit tests: Docker's API on top of a list of containers. */
export class TestEngine {
  containers: TestContainer[] = [];
  readonly #record: Record;
  readonly #exitCodes: number[] = [];
  readonly #commands: string[][] = [];
  #server: Promise<Server> | undefined;

  constructor(record: Record) {
    this.#record = record;
  }

  async connect(): Promise<Duplex> {
    this.#server ??= this.#listen();
    const { port } = (await this.#server).address() as AddressInfo;
    return connect(port, "127.0.0.1");
  }

  #listen(): Promise<Server> {
    const server = createServer(async (request, response) => {
      const { status = 200, body = "" } = await this.#answer(request);
      response.writeHead(status).end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
    });
    onTestFinished(() => void server.close());
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const [kind = "", name = "", verb = ""] = pathname.slice(1).split("/").map(decodeURIComponent);
    if (kind === "exec") return this.#exec(Number(name), verb);
    if (kind === "images") return this.#image(request, name);
    if (kind !== "containers") return { body: { Version: "28.1", DockerRootDir: "/var/lib/docker" } };
    if (name === "json") return { body: this.#listed(searchParams.get("filters") ?? "") };
    const found = this.containers.find(({ id }) => id === name);
    return found ? this.#container(found, request, verb) : NOT_FOUND;
  }

  #listed(filters: string): { Id: string }[] {
    const service = /compose\.service=(\w+)/.exec(filters)?.[1];
    return this.containers.filter((one) => one.service === service).map(({ id }) => ({ Id: id }));
  }

  async #container(found: TestContainer, request: IncomingMessage, verb: string): Promise<Answer> {
    const { id } = found;
    if (request.method === "DELETE") {
      this.#record(["rm", "--force", "--volumes", id]);
      this.containers = this.containers.filter((one) => one !== found);
      return { status: 204 };
    }
    if (verb === "json") return { body: inspected(found) };
    if (verb === "logs") return { body: frame("its last words\n") };
    if (verb === "exec") return this.#newExec(id, ((await json(request)) as { Cmd: string[] }).Cmd);
    if (verb === "stop") this.#record(["stop", id]);
    if (verb !== "update") return { status: 204 };
    const { CpuShares } = (await json(request)) as { CpuShares: number };
    this.#record(["update", "--cpu-shares", String(CpuShares), id]);
    return { body: {} };
  }

  #newExec(id: string, command: string[]): Answer {
    this.#commands.push(["exec", id, ...command]);
    return { status: 201, body: { Id: String(this.#commands.length - 1) } };
  }

  #exec(index: number, verb: string): Answer {
    if (verb === "json") return { body: { ExitCode: this.#exitCodes[index] } };
    this.#exitCodes[index] = this.#record(this.#commands[index] ?? []);
    return { body: frame("") };
  }

  #image({ method }: IncomingMessage, name: string): Answer {
    if (method === "DELETE") this.#record(["image", "rm", name]);
    return { body: method === "DELETE" ? [] : { Id: name, Size: 1_000 } };
  }
}

const NOT_FOUND = { status: 404, body: { message: "there is none" } };

/** The daemon's output format: the stream, the length, the text. */
function frame(text: string): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, Buffer.byteLength(text)]);
  return Buffer.concat([header, Buffer.from(text)]);
}

function inspected({ id, slot, image, running, restarts }: TestContainer) {
  return {
    Id: id,
    Name: `/${id}`,
    Created: `2026-11-21T10:00:${id.split("-")[1]?.padStart(2, "0")}Z`,
    RestartCount: restarts,
    State: { Running: running, ExitCode: running ? 0 : 1 },
    Config: { Image: image, Labels: {}, Healthcheck: { Test: ["CMD", "landfall", "health"] } },
    NetworkSettings: { Networks: { outside: { Aliases: slot ? [`web-${slot}`] : [], IPAddress: "172.20.0.5" } } },
  };
}
