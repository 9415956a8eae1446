import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { type EngineMachine, openEngine } from "./engine";
import { readFrames } from "./streams";

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

function machineWithDaemon(path = socketPath()): EngineMachine {
  return {
    async connect(_, signal) {
      const socket = connect(path);
      await once(socket, "connect", { signal });
      return socket;
    },
  };
}

async function startDaemon(answer: RequestListener): Promise<void> {
  daemon = createServer(answer).listen(socketPath());
  await once(daemon, "listening");
}

test("a daemon that is just coming up is waited for", async () => {
  const asking = openEngine(machineWithDaemon()).then((engine) => engine.version());
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
  const engine = await openEngine(machineWithDaemon());
  expect(await engine.version()).toEqual({ Version: "28.1" });
  asked = 0;
  await expect(engine.info()).rejects.toMatchObject({ code: "engine-unreachable" });
  expect(asked).toBe(3);
});

test("an abort ends a call with its reason, also while nobody answers", async () => {
  await startDaemon(() => {});
  const engine = await openEngine(machineWithDaemon());
  const abort = new AbortController();
  const starting = engine.getContainer("web").start({ abortSignal: abort.signal });
  setImmediate(() => abort.abort(new Error("cancelled")));
  await expect(starting).rejects.toThrow("cancelled");

  const away = await openEngine(machineWithDaemon(join(folder, "no.sock")));
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
  const engine = await openEngine(machineWithDaemon());
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
  const engine = await openEngine(machineWithDaemon());
  await expect(engine.createContainer({ Image: "web" })).rejects.toMatchObject({
    code: "engine-refused",
    params: { status: 409 },
    detail: "name is in use",
  });
  expect(asked).toBe(1);
});

/** A machine reached through an SSH server that forwards connections to the daemon's socket. */
async function machineOverSsh(): Promise<EngineMachine> {
  const hostKeys = [ssh2.utils.generateKeyPairSync("ed25519").private];
  const server = new ssh2.Server({ hostKeys }, (client) => {
    client.on("authentication", (attempt) => attempt.accept());
    client.on("openssh.streamlocal" as "tcpip", (accept) => {
      const channel = accept();
      const socket = connect(socketPath());
      channel.pipe(socket).pipe(channel);
      channel.once("close", () => socket.destroy());
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new ssh2.Client();
  client.connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, username: "root" });
  await once(client, "ready");
  onTestFinished(() => {
    client.end();
    server.close();
  });
  return {
    connect: ({ socketPath: path }) =>
      new Promise((resolve, reject) => {
        client.openssh_forwardOutStreamLocal(path, (error, channel) => (error ? reject(error) : resolve(channel)));
      }),
  };
}

test("a daemon behind SSH answers and streams; a slow reader slows it down, and an abort ends its connection", async () => {
  const frame = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0x80, 0]), Buffer.alloc(0x8000, "x")]);
  let written = 0;
  const closed = Promise.withResolvers<void>();
  await startDaemon((request, response) => {
    if (request.url === "/version") return void response.end('{"Version":"28.1"}');
    request.socket.once("close", () => closed.resolve());
    const write = () => {
      while (response.write(frame)) written += frame.length;
    };
    response.on("drain", write);
    write();
  });
  const engine = await openEngine(await machineOverSsh());
  expect(await Promise.all([engine.version(), engine.version()])).toHaveLength(2);
  const abort = new AbortController();
  const stream = await engine.getContainer("web").logs({ follow: true, stdout: true, abortSignal: abort.signal });
  const reading = (async () => {
    let read = 0;
    for await (const { text } of readFrames(stream as AsyncIterable<Buffer>)) {
      read += text.length;
      if (read < 500_000 || abort.signal.aborted) continue;
      // Nothing is read for a while, so only as much as the buffers hold is sent.
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(written - read).toBeLessThan(8_000_000);
      abort.abort();
    }
  })();
  await expect(reading).rejects.toThrow();
  await closed.promise;
});

test("an abort ends the attempt to connect", async () => {
  let attempts = 0;
  const away: EngineMachine = {
    async connect() {
      attempts += 1;
      throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    },
  };
  const engine = await openEngine(away);
  const abort = new AbortController();
  const starting = engine.getContainer("web").start({ abortSignal: abort.signal });
  await expect.poll(() => attempts).toBe(2);
  abort.abort(new Error("cancelled"));
  await expect(starting).rejects.toThrow("cancelled");
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(attempts).toBe(2);
});
