import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requestRemoval } from "@/lib/engine/request-deployment";
import { runDeployment } from "@/lib/engine/run-deployment";
import { aLocalTarget } from "@/lib/engine/test-service";
import { freePort } from "@/lib/hosts/free-port";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import { asToken, aUser } from "@/lib/web/auth/test-callers";
import { type Ended, endOf, startProgram, TestConsole } from "./test-console";

const console = new TestConsole();
let url: string;
let folder: string;
let port: number;
let member: { id: string; name: string };
let token: string;

beforeAll(async () => {
  await aLocalTarget();
  const user = await aUser("member");
  member = { id: user.id, name: user.name };
  token = await tokenWith({});
  url = await console.listen();
  port = await freePort();
  folder = join(await mkdtemp(join(tmpdir(), "landfall-cli-")), "shop");
  await mkdir(join(folder, "node_modules/left"), { recursive: true });
  await writeFile(join(folder, "node_modules/left/out.js"), "");
  await writeFile(join(folder, "Procfile"), "web: node server.mjs\n");
  await writeFile(join(folder, "landfall.yml"), serviceFile("hi"));
  await program("1");
});

afterAll(async () => {
  const service = await db.service.findFirst({ where: { name: "shop", deletedAt: null } });
  if (service) {
    await requestRemoval("shop", { ...member, role: "member" });
    await runDeployment(service.id, {
      workerId: "test",
      handOver: new AbortController().signal,
      onStart: () => undefined,
    });
  }
  await console.close();
  await (await queue()).stop({ graceful: false });
  await rm(join(folder, ".."), { recursive: true, force: true });
});

async function tokenWith(limits: Parameters<typeof asToken>[1]): Promise<string> {
  const { authorization = "" } = await asToken({ id: member.id, role: "member" }, limits);
  return authorization.replace("Bearer ", "");
}

const serviceFile = (greeting: string) => `service: shop
driver: process
port: ${port}
health: { portTimeoutMs: 10000, intervalMs: 100, unhealthyThreshold: 2, stabilityMs: 200, drainMs: 500 }
environment: { GREETING: ${greeting} }
`;

const program = (version: string, status = 200) =>
  writeFile(
    join(folder, "server.mjs"),
    `import { createServer } from "node:http";
     console.log("version ${version}");
     createServer((request, response) => {
       if (request.url !== "/health") console.log("asked", request.url);
       response.writeHead(request.url === "/health" ? ${status} : 200);
       response.end("${version} " + process.env.GREETING);
     }).listen(process.env.PORT);`,
  );

function landfall(args: string[], { as = token, input = "" } = {}): Promise<Ended> {
  return endOf(startProgram(args, folder, { LANDFALL_URL: url, LANDFALL_TOKEN: as }), input);
}
const ask = async () => (await fetch(`http://localhost:${port}/`)).text();
const lastLine = (text: string) => text.trimEnd().split("\n").at(-1) ?? "";

test("up creates the service of landfall.yml, and changes nothing the second time", async () => {
  const made = await landfall(["up"]);
  expect(made).toMatchObject({ exitCode: 0, stderr: "" });
  expect(made.stdout).toMatch(/Upload .*\n.*Created shop on this-machine/);
  const again = await landfall(["up"]);
  expect(again).toMatchObject({ exitCode: 0, stdout: "  Nothing to change: shop is as landfall.yml says.\n" });
  await writeFile(join(folder, "landfall.yml"), serviceFile("hello"));
  const changed = await landfall(["up", "--json"]);
  expect(changed.stderr).toMatch(/environment +GREETING\n/);
  expect(JSON.parse(changed.stdout)).toEqual({
    ...{ service: "shop", dryRun: false, created: false, changes: [], variables: ["GREETING"] },
  });
  expect((await landfall(["up"])).stdout).toContain("Nothing to change");
});

test("deploy shows the six phases and ends with 0, with a token that only deploys this service", async () => {
  const { id } = await db.service.findFirstOrThrow({ where: { name: "shop" } });
  const scoped = await tokenWith({ services: [id], deployOnly: true });
  const { exitCode, stdout, stderr } = await landfall(["deploy", "--version", "v1"], { as: scoped });
  expect([exitCode, stderr]).toEqual([0, ""]);
  const phases = [...stdout.matchAll(/✓ (Validation|Transfer|Build|Start Service|Verify Health|Register) /g)];
  expect(phases.map(([, title]) => title)).toEqual([
    ...["Validation", "Transfer", "Build", "Start Service", "Verify Health", "Register"],
  ]);
  expect(lastLine(stdout)).toContain("shop #1 succeeded. http://localhost:");
  expect(await ask()).toBe("1 hello");
  const { summary } = await db.upload.findFirstOrThrow({ orderBy: { createdAt: "desc" } });
  expect(summary).toMatchObject({ folder: "shop", entries: ["Procfile", "landfall.yml", "server.mjs"] });
});

test("a console that is away for a moment and a connection that is lost fail no deployment", async () => {
  await program("2");
  const away = new Map([
    ["POST /api/uploads", 1],
    ["POST /api/deployments", 2],
  ]);
  console.isAway = (request) => {
    const left = away.get(request) ?? 0;
    away.set(request, left - 1);
    return left > 0;
  };
  let cuts = 2;
  console.cutsEvents = (chunk) => chunk.includes("phase-") && cuts-- > 0;
  const { exitCode, stdout } = await landfall(["deploy"]);
  expect(exitCode).toBe(0);
  expect(cuts).toBeLessThanOrEqual(0);
  expect(stdout).toContain("is not available (503). Trying again…");
  expect(stdout.match(/✓ Register /g)).toHaveLength(1);
  expect(await ask()).toBe("2 hello");
  expect(await db.deployment.count()).toBe(2);
});

test("rollback shows the difference, asks for a yes, and follows", async () => {
  const asked = await landfall(["rollback"]);
  expect(asked.exitCode).toBe(2);
  expect(asked.stdout).toContain("Release 2 → 1");
  expect(asked.stdout).toContain("~ server.mjs");
  expect(lastLine(asked.stderr)).toContain("add --yes");
  const done = await landfall(["rollback", "--yes", "--json"]);
  expect([done.exitCode, JSON.parse(done.stdout)]).toMatchObject([0, { kind: "rollback", state: "succeeded" }]);
  expect(done.stderr).toContain("✓ Verify Health");
  expect(await ask()).toBe("1 hello");
});

test("an interrupted program leaves its deployment alone, and cancel ends it", async () => {
  const gate = Promise.withResolvers<void>();
  console.mayWork = gate.promise;
  const child = startProgram(["deploy", "--no-upload"], folder, { LANDFALL_URL: url, LANDFALL_TOKEN: token });
  child.stdout?.on("data", (chunk) => String(chunk).includes("shop #4") && child.kill("SIGINT"));
  const left = await endOf(child);
  expect([left.exitCode, lastLine(left.stdout)]).toEqual([130, expect.stringContaining("The deployment continues")]);
  expect((await landfall(["cancel"])).stdout).toContain("shop #4 was cancelled.");
  expect((await landfall(["cancel"])).exitCode).toBe(1);
  gate.resolve();
});

test("a failed health check ends with 1, and the cause is the last line", async () => {
  await program("3", 500);
  const { exitCode, stdout, stderr } = await landfall(["deploy"]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("✗ Verify Health");
  expect(stdout).toContain("Release 1 is live.");
  expect(stderr).toContain("✗ shop #5 failed.");
  expect(lastLine(stderr)).toMatch(/Verify Health: .*500/);
  expect(await ask()).toBe("1 hello");
});

test("a token that may only read reads, and is told that it may not deploy", async () => {
  const as = await tokenWith({ role: "viewer" });
  const { exitCode, stderr } = await landfall(["deploy"], { as });
  expect(exitCode).toBe(3);
  expect(lastLine(stderr)).toMatch(/allow|permission/i);
  const history = await landfall(["history", "--json"], { as });
  expect(JSON.parse(history.stdout).map(({ state }: { state: string }) => state)).toEqual([
    ...["failed", "cancelled", "succeeded", "succeeded", "succeeded"],
  ]);
  const status = await landfall(["status", "--json"], { as });
  expect(JSON.parse(status.stdout)).toMatchObject({ name: "shop", runtime: { state: "running" } });
});

test("variables are set from standard input, read, imported and removed", async () => {
  await writeFile(join(folder, "more.env"), "A=1\nB='two words' # why\n");
  expect((await landfall(["env", "set", "KEY"], { input: "s3cret value\n" })).exitCode).toBe(0);
  expect((await landfall(["env", "get", "KEY"])).stdout).toBe("s3cret value\n");
  await writeFile(join(folder, "wrong.env"), "C=1\n# fine\nnot a line\nD='open\n");
  const wrong = await landfall(["env", "import", "more.env", "wrong.env"]);
  expect([wrong.exitCode, wrong.stdout]).toEqual([2, ""]);
  expect(wrong.stderr).toMatch(/Nothing was changed.*\n +wrong\.env:3\n +wrong\.env:4\n/);
  expect((await landfall(["env", "get"])).stdout).not.toMatch(/^[ACD] /m);
  expect((await landfall(["env", "import", "more.env"])).stdout).toContain("Set A, B.");
  expect(JSON.parse((await landfall(["env", "get", "B", "A", "--json"])).stdout)).toEqual({ A: "1", B: "two words" });
  expect((await landfall(["env", "unset", "A", "B", "KEY"])).stdout).toContain("Removed A, B, KEY.");
});

test("what runs is heard, also over a lost connection, and each line once", async () => {
  await fetch(`http://localhost:${port}/zero`);
  await expect.poll(async () => (await landfall(["logs", "--tail", "1"])).stdout).toBe("asked /zero\n");
  const child = startProgram(["logs", "-f", "--tail", "1"], folder, { LANDFALL_URL: url, LANDFALL_TOKEN: token });
  const ended = endOf(child);
  let heard = "";
  child.stdout?.on("data", (chunk) => {
    heard += String(chunk);
  });
  let cuts = 1;
  console.cutsEvents = (chunk) => chunk.includes("/one") && cuts-- > 0;
  await expect.poll(() => heard).toContain("/zero");
  await fetch(`http://localhost:${port}/one`);
  await expect.poll(() => heard).toContain("/one");
  await fetch(`http://localhost:${port}/two`);
  await expect.poll(() => heard).toContain("/two");
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ exitCode: 0, stdout: "asked /zero\nasked /one\nasked /two\n" });
});

test("names for a completion are quick, and silent when there are none", async () => {
  expect(await landfall(["names", "services"])).toEqual({ exitCode: 0, stdout: "shop\n", stderr: "" });
  expect((await landfall(["names", "releases", "--", "--service", "shop"])).stdout).toBe("2\n");
  expect((await landfall(["names", "variables"])).stdout).toBe("GREETING\n");
  const nothing = { exitCode: 0, stdout: "", stderr: "" };
  expect(await landfall(["names", "services"], { as: "lf_wrong" })).toEqual(nothing);
  expect(await landfall(["names", "releases", "--", "-s", "other"])).toEqual(nothing);
  expect(await endOf(startProgram(["names", "services"], folder, {}))).toEqual(nothing);
});

test("login stores the token for its owner alone, and a wrong token is not stored", async () => {
  const env = { XDG_CONFIG_HOME: join(folder, "../config") };
  const file = join(env.XDG_CONFIG_HOME, "landfall/config.json");
  const signIn = (input: string) => endOf(startProgram(["login", url], folder, env), input);
  const wrong = await signIn("lf_wrong\n");
  expect([wrong.exitCode, lastLine(wrong.stderr)]).toEqual([3, expect.stringContaining("wrong, expired or revoked")]);
  await expect(stat(file)).rejects.toThrow();
  expect((await signIn(`${token}\n`)).stdout).toContain(`as ${member.name} (member)`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await endOf(startProgram(["status"], folder, env))).exitCode).toBe(0);
  const elsewhere = { ...env, LANDFALL_URL: "http://127.0.0.1:1" };
  expect(await endOf(startProgram(["status"], folder, elsewhere))).toMatchObject({ exitCode: 3 });
});
