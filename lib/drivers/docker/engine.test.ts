import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEngine } from "./engine";
import { HostWithDaemon } from "./test-daemon";

let folder = "";
let daemon: Server | null = null;
const socketPath = () => join(folder, "docker.sock");
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-engine-"));
});
afterEach(async () => {
  daemon?.closeAllConnections();
  daemon?.close();
  await rm(folder, { recursive: true, force: true });
});

async function startDaemon(answer: RequestListener): Promise<void> {
  daemon = createServer(answer).listen(socketPath());
  await once(daemon, "listening");
}

test("a daemon that is just coming up is waited for", async () => {
  const asking = openEngine(new HostWithDaemon(socketPath())).then((engine) => engine.version());
  await startDaemon((_, response) => response.end('{"Version":"28.1"}'));
  expect(await asking).toEqual({ Version: "28.1" });
});

test("what was lost with its connection is asked again, a few times", async () => {
  let asked = 0;
  await startDaemon((request, response) => {
    asked += 1;
    if (asked < 3 || request.url === "/info") request.socket.destroy();
    else response.end('{"Version":"28.1"}');
  });
  const engine = await openEngine(new HostWithDaemon(socketPath()));
  expect(await engine.version()).toEqual({ Version: "28.1" });
  asked = 0;
  await expect(engine.info()).rejects.toMatchObject({ code: "engine-unreachable" });
  expect(asked).toBe(3);
});

test("an abort ends a call with its reason, also while nobody answers", async () => {
  await startDaemon(() => {});
  const engine = await openEngine(new HostWithDaemon(socketPath()));
  const abort = new AbortController();
  const starting = engine.getContainer("web").start({ abortSignal: abort.signal });
  setImmediate(() => abort.abort(new Error("cancelled")));
  await expect(starting).rejects.toThrow("cancelled");

  const away = await openEngine(new HostWithDaemon(join(folder, "no.sock")));
  await expect(away.getContainer("web").start({ abortSignal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    code: "engine-unreachable",
    detail: "it did not answer in time",
  });
});

test("an abort ends a stream, and its connection", async () => {
  let closed = false;
  await startDaemon((request, response) => {
    request.socket.once("close", () => {
      closed = true;
    });
    response.write("a first line\n");
  });
  const engine = await openEngine(new HostWithDaemon(socketPath()));
  const abort = new AbortController();
  const stream = await engine.getContainer("web").logs({ follow: true, stdout: true, abortSignal: abort.signal });
  const reading = (async () => {
    for await (const _ of stream) abort.abort();
  })();
  await expect(reading).rejects.toThrow();
  await expect.poll(() => closed).toBe(true);
});

test("a refusal is a refusal, and is not repeated", async () => {
  let asked = 0;
  await startDaemon((_, response) => {
    asked += 1;
    response.writeHead(409).end('{"message":"name is in use"}');
  });
  const engine = await openEngine(new HostWithDaemon(socketPath()));
  await expect(engine.createContainer({ Image: "web" })).rejects.toMatchObject({
    code: "engine-refused",
    params: { status: 409 },
    detail: "name is in use",
  });
  expect(asked).toBe(1);
});
