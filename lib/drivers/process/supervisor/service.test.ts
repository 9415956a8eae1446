import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, get, type IncomingMessage, request } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { freePort } from "@/lib/hosts/free-port";
import { NOTHING_CUT } from "../../cut-short";
import { Service } from "./service";
import { testRelease } from "./test-release";

let base: string;
let port: number;
let service: Service;

async function setUp(): Promise<void> {
  base = await mkdtemp(join(tmpdir(), "landfall-service-"));
  port = await freePort();
  service = new Service({ name: "web", base, changed: () => {} });
}

async function tearDown(): Promise<void> {
  await service.stop(0);
  await rm(base, { recursive: true, force: true });
}

const releaseOf = (id: string) => service.status().releases.find((release) => release.id === id);

async function start(id: string, handler: string, before?: string): Promise<void> {
  await service.startRelease(id, await testRelease(base, id, port, handler, before));
  await vi.waitUntil(() => releaseOf(id)?.address, { interval: 5, timeout: 30_000 });
}

async function serve(id: string, handler: string, before?: string): Promise<void> {
  await start(id, handler, before);
  await service.switchTo(id);
}

const url = (path = "/") => `http://127.0.0.1:${port}${path}`;
const text = async (path?: string) => (await fetch(url(path))).text();

/** One release answers all of these. */
const ANSWERS = `
  const { pathname } = new URL(request.url, "http://service");
  if (pathname === "/echo") return void (response.writeHead(200), request.pipe(response));
  if (pathname === "/half") {
    response.writeHead(200);
    response.write("half");
    return void setTimeout(() => request.socket.destroy(), 50);
  }
  if (pathname === "/teapot" || pathname === "/no") {
    response.writeHead(pathname === "/no" ? 304 : 418, "Teapot", [["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"]]);
    return void response.end();
  }
  let body = "";
  const { method, url, headers } = request;
  const tell = () => response.end(JSON.stringify({ method, url, headers, body }));
  request.on("data", (chunk) => body += chunk).on("end", tell);`;

describe("requests", () => {
  beforeAll(async () => {
    await setUp();
    await serve("r1", ANSWERS);
  });
  afterAll(tearDown);

  test("pass with their method, path, headers and body, and say where they came from", async () => {
    const answer = await fetch(url("/a%20b?c=d"), {
      method: "PATCH",
      body: "x".repeat(300_000),
      headers: { "x-own": "1", "x-forwarded-for": "10.0.0.1" },
    });
    const seen = (await answer.json()) as {
      method: string;
      url: string;
      headers: Record<string, string>;
      body: string;
    };
    expect(seen).toMatchObject({ method: "PATCH", url: "/a%20b?c=d", body: "x".repeat(300_000) });
    expect(seen.headers).toMatchObject({
      host: `127.0.0.1:${port}`,
      "x-own": "1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": `127.0.0.1:${port}`,
    });
    expect(seen.headers["x-forwarded-for"]).toMatch(/^10\.0\.0\.1, (::ffff:)?127\.0\.0\.1$/);
  });

  test("a body without a length passes as it comes", async () => {
    const asked = request(url("/echo"), { method: "POST" });
    const answer = new Promise<IncomingMessage>((resolve) => asked.once("response", resolve));
    asked.write("one");
    const stream = await answer;
    const [first] = (await Promise.all([new Promise<Buffer>((resolve) => stream.once("data", resolve))])) as [Buffer];
    expect(String(first)).toBe("one");
    asked.end("two");
    const [second] = (await Promise.all([new Promise<Buffer>((resolve) => stream.once("data", resolve))])) as [Buffer];
    expect(String(second)).toBe("two");
  });

  test("an answer passes with its status, its repeated headers and without a body where there is none", async () => {
    const answer = await fetch(url("/teapot"));
    expect([answer.status, answer.statusText, answer.headers.getSetCookie()]).toEqual([418, "Teapot", ["a=1", "b=2"]]);
    expect((await fetch(url("/no"))).status).toBe(304);
    expect((await fetch(url("/teapot"), { method: "HEAD" })).status).toBe(418);
  });

  test("an answer that breaks off is seen as broken, not as complete", async () => {
    await expect(text("/half")).rejects.toThrow();
  });

  test("another protocol passes in both directions after its upgrade", async () => {
    const socket = connect(port, "127.0.0.1");
    let seen = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      seen += chunk;
    });
    socket.write("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    await expect.poll(() => seen).toContain("101 Switching Protocols");
    socket.write("ping");
    await expect.poll(() => seen).toMatch(/ping$/);
    socket.destroy();
    await expect.poll(() => service.status().releases.length).toBe(1);
  });
});

describe("a kept connection", () => {
  beforeEach(setUp);
  afterEach(tearDown);

  test("that a release closes at the wrong moment costs no request", async () => {
    await serve("r1", "response.end('ok');", "http.Server.prototype.keepAliveTimeout = 1;");
    const agent = new Agent({ keepAlive: true });
    for (let asked = 0; asked < 60; asked += 1) {
      const status = await new Promise((resolve, reject) =>
        get(url(), { agent }, (answer) => answer.resume().once("end", () => resolve(answer.statusCode))).once(
          "error",
          reject,
        ),
      );
      expect(status).toBe(200);
      await sleep(asked % 4);
    }
    agent.destroy();
  });
});

describe("a switch", () => {
  beforeEach(setUp);
  afterEach(tearDown);

  test("moves kept connections too, with their next request", async () => {
    await serve("r1", "response.end('one');");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise<[string, number | undefined]>((resolve, reject) => {
        const asked = get(url(), { agent }, (answer) => {
          const from = answer.socket.localPort;
          answer.setEncoding("utf8").once("data", (body: string) => answer.once("end", () => resolve([body, from])));
        });
        asked.once("error", reject);
      });
    const [before, connection] = await ask();
    await start("r2", "response.end('two');");
    await service.switchTo("r2");
    await service.stopRelease("r1", { drainMs: 1_000 });
    expect([before, await ask()]).toEqual(["one", ["two", connection]]);
    agent.destroy();
  });

  test("is refused for a release that does not listen, and nothing changes", async () => {
    await serve("r1", "response.end('one');");
    await service.startRelease("r2", await testRelease(base, "r2", port, "", "process.exit(1);"));
    await expect.poll(() => releaseOf("r2")?.state).toBe("exited");
    await expect(service.switchTo("r2")).rejects.toMatchObject({ code: "not-running" });
    await expect(service.switchTo("unknown")).rejects.toMatchObject({ code: "unknown" });
    expect(await text()).toBe("one");
  });

  test("back to a release that is down is possible, and keeps it running again", async () => {
    await serve("r1", "if (request.url === '/die') process.exit(4); response.end('one');");
    await start("r2", "response.end('two');");
    await service.switchTo("r2");
    const { address } = releaseOf("r1") ?? {};
    await fetch(`http://127.0.0.1:${address?.port}/die`).catch(() => {});
    await expect.poll(() => releaseOf("r1")?.state).toBe("exited");
    await service.switchTo("r1", true);
    await expect.poll(() => text()).toMatch(/one/);
  });

  test("is refused when the port is taken", async () => {
    const other = createServer().listen(port);
    await start("r1", "response.end();");
    await expect(service.switchTo("r1")).rejects.toMatchObject({ code: "port-in-use" });
    other.close();
  });

  test("to another port opens that one and closes the old one, and to nothing closes that", async () => {
    await serve("r1", "response.end('one');");
    const before = port;
    port = await freePort();
    await serve("r2", "response.end('two');");
    expect(await text()).toBe("two");
    const isOpen = () =>
      fetch(`http://127.0.0.1:${before}/`).then(
        () => true,
        () => false,
      );
    await expect.poll(isOpen).toBe(false);
    await service.switchTo(null);
    await expect(text()).rejects.toThrow();
  });
});

describe("a release", () => {
  beforeEach(setUp);
  afterEach(tearDown);

  test("is started once however often it is requested, and cannot be stopped while it is live", async () => {
    await serve("r1", "response.end();");
    const { pid } = releaseOf("r1") ?? {};
    await service.startRelease("r1", await testRelease(base, "r1", port, "response.end();"));
    expect(releaseOf("r1")?.pid).toBe(pid);
    await expect(service.stopRelease("r1", { drainMs: 0 })).rejects.toMatchObject({ code: "serving" });
    await expect(service.stopRelease("never", { drainMs: 0 })).resolves.toEqual(NOTHING_CUT);
  });

  test("that serves is started again when it dies, later each time, and says so", async () => {
    await serve("r1", "if (request.url === '/die') process.exit(4); response.end('up');");
    expect((await fetch(url("/die"))).status).toBe(502);
    await expect.poll(() => releaseOf("r1")).toMatchObject({ exitCode: 4 });
    const down = await fetch(url());
    if (down.status !== 200) expect([down.status, down.headers.get("retry-after")]).toEqual([503, "1"]);
    await expect.poll(() => text()).toBe("up");
    expect(releaseOf("r1")).toMatchObject({ state: "running", restarts: 1 });
    expect(service.output("r1")).toContain("listening");
  });

  test("that does not serve stays down", async () => {
    await service.startRelease(
      "r1",
      await testRelease(base, "r1", port, "", "console.log('last words'); process.exit(5);"),
    );
    await expect.poll(() => releaseOf("r1")).toMatchObject({ state: "exited", exitCode: 5, restarts: 0 });
    await expect.poll(() => service.output("r1")).toContain("last words");
    await sleep(300);
    expect(releaseOf("r1")).toMatchObject({ state: "exited", restarts: 0 });
  });

  test("may end its requests before it is stopped, but not for ever", async () => {
    await serve("r1", "response.writeHead(200); response.write('begun');");
    const endless = text().catch((error: Error) => error);
    await sleep(100);
    await start("r2", "response.end('two');");
    await service.switchTo("r2");
    const started = performance.now();
    await service.stopRelease("r1", { drainMs: 300 });
    expect(performance.now() - started).toBeGreaterThan(290);
    expect(await endless).toBeInstanceOf(Error);
    expect(releaseOf("r1")).toBeUndefined();
  });

  test("that only drains is taken back with its requests when it is asked for again", async () => {
    const finishes = "if (request.url === '/finish') { waiting.end(' and ended'); return response.end(); }";
    await serve("r1", `${finishes} response.write('begun'); waiting = response;`, "let waiting;");
    const { pid, address } = releaseOf("r1") ?? {};
    const begun = await fetch(url());
    await start("r2", "response.end('two');");
    await service.switchTo("r2");
    const stopping = service.stopRelease("r1", { drainMs: 60_000 });
    await service.startRelease("r1", await testRelease(base, "r1", port, "response.end('one');"));
    await stopping;
    expect(releaseOf("r1")).toMatchObject({ pid, state: "running" });
    await fetch(`http://127.0.0.1:${address?.port}/finish`);
    expect(await begun.text()).toBe("begun and ended");
    await service.switchTo("r1");
    await service.stopRelease("r2", { drainMs: 0 });
    expect(service.status()).toMatchObject({ current: "r1", releases: [{ id: "r1" }] });
  });

  test("is ended with what it started and let go of, by its mark or by its control group", async () => {
    const stray = join(base, "stray.sh");
    await writeFile(stray, 'trap "" TERM\necho $$ >> "$1"\nwhile :; do sleep 0.1; done\n');
    const pids = join(base, "pids");
    const daemon = (given: string) =>
      `require("node:child_process").spawn("setsid", ["sh", "-c", "setsid ${given} sh ${stray} ${pids} &"], { stdio: "ignore", detached: true }).unref();`;
    await chmod(base, 0o777);
    await writeFile(pids, "", { mode: 0o666 });
    await chmod(pids, 0o666);
    const spec = await testRelease(
      base,
      "r1",
      port,
      "response.end();",
      daemon("") + daemon("env -i PATH=/usr/bin:/bin"),
    );
    await service.startRelease("r1", { ...spec, memoryMb: 256 });
    const known = async () => (await readFile(pids, "utf8")).split("\n").filter(Boolean);
    await expect.poll(known).toHaveLength(2);
    // An ended process may exist until its parent, which is not ours, has reaped it.
    const isAlive = (pid: string) => existsSync(`/proc/${pid}/exe`);
    const alive = async () => (await known()).filter(isAlive);
    expect(await alive()).toHaveLength(2);
    const hasGroup = releaseOf("r1")?.limits !== "unavailable";
    await service.stopRelease("r1", { drainMs: 0 });
    expect(await alive()).toHaveLength(hasGroup ? 0 : 1);
    for (const pid of await alive()) process.kill(Number(pid), "SIGKILL");
    expect(await readFile(join(base, "web/log/output.log"), "utf8")).toMatch(
      /ended \d+ processes that release r1 had let go of/,
    );
  });

  test("that is stopped while it starts again leaves no process", async () => {
    await serve("r1", "if (request.url === '/die') process.exit(4); response.end('up');");
    await fetch(url("/die"));
    await vi.waitUntil(() => releaseOf("r1")?.restarts === 1 && releaseOf("r1")?.state === "starting", { interval: 0 });
    expect(releaseOf("r1")?.pid).toBeNull();
    await service.stopRelease("r1", { drainMs: 0, evenIfServing: true });
    // What was not stopped would be there by then.
    await sleep(200);
    expect(releaseOf("r1")).toMatchObject({ pid: null, state: "stopping" });
  });

  test("that cannot be started says why", async () => {
    const spec = await testRelease(base, "r1", port, "");
    await expect(service.startRelease("r1", { ...spec, directory: join(base, "none") })).rejects.toMatchObject({
      code: "cannot-start",
    });
    await expect(service.startRelease("r2", { ...spec, environmentFile: join(base, "none") })).rejects.toMatchObject({
      code: "cannot-start",
    });
  });

  test("with limits runs within them, or says that this host has none to offer", async () => {
    const spec = await testRelease(base, "r1", port, "response.end('ok');");
    await service.startRelease("r1", { ...spec, memoryMb: 256, cpus: 0.5 });
    await expect.poll(() => releaseOf("r1")?.address, { timeout: 100_000 }).toBeTruthy();
    expect(["systemd", "cgroup", "unavailable"]).toContain(releaseOf("r1")?.limits);
  }, 120_000); // half a processor, of a machine that may be busy
});
