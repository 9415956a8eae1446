import { beforeAll, expect, test } from "vitest";
import { environmentSettings } from "@/lib/self/installation";
import { PROGRAM } from "../servers/program";
import { HttpsClient } from "./https-client";
import { DOCUMENTED_NAME, ProductionServer, type Step } from "./production-server";
import { testsHaveProcessors, withProcessors } from "./with-processors";

const PATIENCE = { timeout: 180_000, interval: 500 };
const FINISHED = ["succeeded", "failed", "cancelled", "stuck"];
const PRODUCTION = "/opt/landfall/production";

/** Prints a line every half second during its build, so that events have to stream. */
const DOCKERFILE = `FROM landfall-test/python
COPY . /app
RUN for n in 1 2 3 4 5 6; do echo "step $n"; sleep 0.5; done
CMD ["python3", "/app/server.py"]
`;

const PASSPHRASE = "correct horse battery staple";
const COMPOSE = "docker-compose -p landfall-production --env-file .release.env -f docker-compose.production.yml";

/** Landfall is installed on the first; after the first is gone, everything is restored on the other. */
const [server, other] = (await ProductionServer.makeSeveral(2)) as [ProductionServer, ProductionServer];
let steps: Step[];
let web: HttpsClient;
testsHaveProcessors();

beforeAll(async () => {
  steps = await withProcessors(() => install(server));
  web = clientOf(server, steps);
  for (const { script, ms } of steps) process.stdout.write(`${(ms / 1_000).toFixed(1)} s  ${script.split("\n")[0]}\n`);
});

function install(on: ProductionServer): Promise<Step[]> {
  // It has one address for others, and this Landfall shares the host with a second one later.
  const more = `echo 'LANDFALL_BIND=${on.host.insideAddress}' >>.release.env
echo 'BACKUP_PASSPHRASE=${PASSPHRASE}' >>.env.production`;
  return on.follow(({ script }) => patient(script.replace(/^(echo 'LANDFALL_IMAGE.*)$/m, `$1\n${more}`)));
}

/** Trusts the authority that the last of the steps printed. */
function clientOf({ host }: ProductionServer, taken: readonly Step[]): HttpsClient {
  return new HttpsClient({ address: host.address, domain: DOCUMENTED_NAME, authority: taken.at(-1)?.output ?? "" });
}

/** A test is faster than a person reads and types: Caddy creates its authority within the first second. */
function patient(script: string): string {
  return script.includes("root.crt")
    ? `until (${script.trim()}) >/dev/null 2>&1; do sleep 0.2; done\n${script}`
    : script;
}

function signInPrinted(): { email: string; password: string } {
  const said = steps.map(({ output }) => output).join("\n");
  return { email: /E-mail +(\S+)/.exec(said)?.[1] ?? "", password: /Password +(\S+)/.exec(said)?.[1] ?? "" };
}

function containersOf(project: string): Promise<string> {
  const filter = ["--filter", `label=com.docker.compose.project=${project}`];
  return server.host.exec(["docker", "ps", "--all", ...filter, "--format", "{{.Names}} {{.Status}} {{.Ports}}"]);
}

test("what is written ends with a console that answers over HTTPS and nothing else that does", async () => {
  const answer = await web.ask("/api/health");
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({ version: expect.any(String), environment: "production" });

  const published = await server.host.exec(["docker", "ps", "--format", "{{.Ports}}"]);
  const ports = [...published.matchAll(/:(\d+)->/g)].map(([, port]) => port);
  expect([...new Set(ports)].sort()).toEqual(["443", "80"]);
  const plain = await fetch(`http://${server.host.address}/`, {
    redirect: "manual",
    headers: { host: DOCUMENTED_NAME },
  });
  expect(plain.status).toBe(308);
});

test("headers say once what they have to say", async () => {
  const page = await web.ask("/sign-in", { headers: { "accept-encoding": "gzip" } });
  expect(page.status).toBe(200);
  expect(page.headers).toMatchObject({
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-encoding": "gzip",
  });
  expect(page.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  const names = page.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const single = names.filter((name) => name !== "set-cookie");
  expect(single.filter((name, index) => single.indexOf(name) !== index)).toEqual([]);
  expect(names).not.toContain("server");
});

test("the printed sign-in works, and its cookie is for TLS", async () => {
  const { email, password } = signInPrinted();
  await web.signIn(email, password);
  expect(web.cookieNames).toContain("__Secure-next-auth.session-token");
  expect((await web.ask("/")).status).toBe(200);
});

test("a service is deployed to that very host, and its events come as they happen", async () => {
  const { host } = server;
  await writeSource(server, "one");
  const shown = await web.json<{ line: string; fingerprint: string }>("/api/targets/host-key", {
    host: host.insideAddress,
  });
  expect(shown.fingerprint).toBe(host.hostKeys.ed25519.fingerprint);
  const privateKey = await readKey();
  await web.json("/api/targets", {
    ...{ name: "here", host: host.insideAddress, hostKey: shown.line, publicHost: host.insideAddress },
    key: { kind: "private-key", privateKey },
  });
  await web.json("/api/services", {
    ...{ name: "hello", target: "here", driver: "docker", port: 8_000 },
    ...{ source: { kind: "folder", path: "/sources/hello" }, settings: {}, environment: { API_KEY: "sealed" } },
  });
  const { id } = await web.json<{ id: string }>("/api/deployments", { service: "hello" });

  const pieces = await web.stream(`/api/deployments/${id}/events`, (text) => /"state":"(succeeded|failed)"/.test(text));
  await hasSucceeded(web, id);
  // Six lines, half a second apart: if they were buffered, they would have arrived together.
  const lines = pieces.filter(({ text }) => /step \d/.test(text));
  const first = lines[0]?.atMs ?? 0;
  expect((lines.at(-1)?.atMs ?? 0) - first).toBeGreaterThan(1_500);

  const answer = await fetch(`http://${host.address}:8000/`);
  expect(await answer.text()).toBe("one");
});

test("the access log has every request, and nothing that lets somebody in", async () => {
  await web.ask("/api/health?token=do-not-keep&page=2", {
    headers: { authorization: "Bearer do-not-keep", "x-api-key": "do-not-keep" },
  });
  const container = (await containersOf("landfall-production")).split("\n").find((line) => line.includes("caddy"));
  const log = await server.host.exec([
    "docker",
    "exec",
    container?.split(" ")[0] ?? "",
    "cat",
    "/var/log/caddy/access.log",
  ]);
  const entries = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { request: { uri: string } });
  expect(entries.some(({ request }) => request.uri.includes("page=2"))).toBe(true);
  expect(log).not.toMatch(/do-not-keep|session-token|"Cookie"|"Authorization"|"Set-Cookie"/i);
});

test("what a late health check leaves behind in the database's container is no crash of the database", async () => {
  const list = (await containersOf("landfall-production")).split("\n");
  const postgres = list.find((line) => line.includes("postgres"))?.split(" ")[0] ?? "";
  // Its child has exited with a code by then, and the container's first process is notified.
  await server.host.exec(["docker", "exec", postgres, "sh", "-c", "(exit 2) & exec sleep 1"]);
  await server.host.exec(["docker", "exec", postgres, "pg_isready", "--host=127.0.0.1", "--username=landfall"]);
  const log = await server.host.script('docker logs "$1" 2>&1', [postgres]);
  expect(log).toContain("ready to accept connections");
  expect(log).not.toContain("child process");
});

test("settings that others can read are warned about, and the same start again prints no password", async () => {
  const again = () => server.host.script(`cd ${PRODUCTION}; ${COMPOSE} run --rm -T migrate 2>&1`);
  const quiet = await again();
  expect(quiet).not.toMatch(/Warning|Password/);
  await server.host.script(`chmod 0644 ${PRODUCTION}/.env.production; chmod 0440 ${PRODUCTION}/secrets/secret-key`);
  const warned = await again();
  expect(warned).toMatch(/Warning: .*\.env\.production can be read by others/);
  expect(warned).toMatch(/Warning: .*secret-key can be read by others/);
  await server.host.script(`chmod 0600 ${PRODUCTION}/.env.production; chmod 0400 ${PRODUCTION}/secrets/secret-key`);
});

test("staging on the same host sees nothing of production", async () => {
  const own = { ...environmentSettings("staging"), LANDFALL_BIND: "127.0.0.1" };
  const settings = Object.entries(own).map(([name, value]) => `echo ${name}=${value} >>.release.env`);
  // The image is already on the server.
  const toStaging = (script: string) =>
    script
      .replace(/^docker (build|save) .*$/gm, "")
      .replaceAll(DOCUMENTED_NAME, "staging.example.com")
      .replaceAll("production", "staging")
      .replaceAll("Caddyfile ", "Caddyfile.staging ");
  await server.follow(({ script }) =>
    toStaging(script).replace(/^(echo 'LANDFALL_IMAGE.*)$/m, ["$1", ...settings].join("\n")),
  );
  const containers = (project: string) => containersOf(project).then((list) => list.trim().split("\n"));
  expect((await containers("landfall-staging")).length).toBe((await containers("landfall-production")).length);

  const volumes = await server.host.exec(["docker", "volume", "ls", "--quiet"]);
  for (const project of ["production", "staging"]) expect(volumes).toContain(`landfall-${project}_postgres`);
  const staging = (await containers("landfall-staging")).find((line) => line.includes("_web_"))?.split(" ")[0] ?? "";
  const production = (await containers("landfall-production")).map((line) => line.split(" ")[0] ?? "");
  const addresses = await server.host.exec(["docker", "inspect", "--format", ADDRESSES, ...production]);
  const tried = await server.host.exec([
    "docker",
    "exec",
    staging,
    "node",
    "-e",
    TRY,
    ...addresses.trim().split(/\s+/),
  ]);
  expect(
    tried
      .trim()
      .split("\n")
      .filter((line) => !/^(timeout|E[A-Z]+)$/.test(line)),
  ).toEqual([]);
  expect((await web.ask("/api/health")).status).toBe(200);
});

test("the key is exchanged while a deployment runs", async () => {
  await writeSource(server, "two");
  const { id } = await web.json<{ id: string }>("/api/deployments", { service: "hello" });
  const before = await server.host.exec(["cat", `${PRODUCTION}/secrets/secret-key`]);
  const { output } = await server.do("rotation.md", undefined);
  expect(output).toMatch(/target +[1-9]\d* sealed anew/);
  expect(output).toContain("Everything is under one key.");
  const after = await server.host.exec(["cat", `${PRODUCTION}/secrets/secret-key`]);
  expect(after).not.toContain(before.trim());
  expect(output).not.toContain(after.trim());
  // Its session was encrypted under the old key, and no page was opened that would have renewed it: docs/rotation.md.
  const { email, password } = signInPrinted();
  await web.signIn(email, password);
  await hasSucceeded(web, id);
  await writeSource(server, "three");
  await hasSucceeded(web, (await web.json<{ id: string }>("/api/deployments", { service: "hello" })).id);
  expect(await (await fetch(`http://${server.host.address}:8000/`)).text()).toBe("three");
});

test("destroyed, everything is back on another host and works", async () => {
  const made = await web.json<{ token: string }>("/api/tokens", { name: "before", role: "admin", expiresInDays: 1 });
  const token = { authorization: `Bearer ${made.token}` };
  const printed = signInPrinted();
  const { output } = await server.do("backup.md", undefined, ({ script }) => script.replace("run --rm", "run --rm -T"));
  expect(output).toMatch(/Proven +restored and compared/);
  const was = await readEverything(web, token);
  expect(was["/api/deployments"]).toMatchObject({ items: [{ number: 3 }, { number: 2 }, { number: 1 }] });
  const archives = await server.host.exec(["base64", `${PRODUCTION}/backups.tar`]);
  await server.host.script(
    `cd ${PRODUCTION}; ${COMPOSE} down --volumes 2>&1; docker volume ls --quiet; cd /; rm -r ${PRODUCTION}`,
  );

  const again = clientOf(other, await install(other));
  await other.host.script("mkdir -p /mnt/usb; base64 -d | tar -x -C /mnt/usb", [], { stdin: archives });
  // A disk that lost a few bytes.
  await other.host.script("cd /mnt/usb; cp before-upgrade.tar.gz damaged.tar.gz; truncate -s -100 damaged.tar.gz");
  const restore = (name: string) =>
    other.do("backup.md", "restore", ({ script }) => script.replaceAll("20261121-030000", name));
  await expect(restore("damaged")).rejects.toThrow(/damaged/);
  await other.host.script(`cd ${PRODUCTION}; ${COMPOSE} up -d 2>&1`);
  await expect.poll(async () => (await again.ask("/api/health")).status, PATIENCE).toBe(200);
  expect((await again.ask("/api/deployments", { headers: token })).status).toBe(401);

  await restore("before-upgrade");
  await expect.poll(async () => (await again.ask("/api/health")).status, PATIENCE).toBe(200);
  expect(await readEverything(again, token)).toEqual(was);
  await again.signIn(printed.email, printed.password);
  // With the SSH key that was encrypted on the first server.
  await writeSource(other, "four");
  await hasSucceeded(again, (await again.json<{ id: string }>("/api/deployments", { service: "hello" })).id);
  expect(await (await fetch(`http://${server.host.address}:8000/`)).text()).toBe("four");
});

/** Determined again on each host. */
const LOOKED_AT_AGAIN = ["check", "lastCheck", "lastCheckAt"];

/** The data that must not be lost, as its readers see it. */
async function readEverything(client: HttpsClient, headers: Record<string, string>): Promise<Record<string, unknown>> {
  const { body } = await client.ask("/api/deployments", { headers });
  const { items } = JSON.parse(body) as { items: { id: string }[] };
  const paths = [
    ...["/api/deployments", "/api/services", "/api/services/hello/environment", "/api/services/hello/releases"],
    ...["/api/targets", "/api/users", "/api/registrations"],
    ...items.flatMap(({ id }) => [`/api/deployments/${id}`, `/api/deployments/${id}/logs`]),
  ];
  const found = paths.map(async (path) => {
    const answer = await client.ask(path, { headers });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return [path, JSON.parse(answer.body, (key, value) => (LOOKED_AT_AGAIN.includes(key) ? undefined : value))];
  });
  return Object.fromEntries(await Promise.all(found));
}

async function hasSucceeded(client: HttpsClient, id: string): Promise<void> {
  const state = async () => (await client.json<{ state: string }>(`/api/deployments/${id}`)).state;
  await expect.poll(async () => FINISHED.includes(await state()), PATIENCE).toBe(true);
  expect(await state()).toBe("succeeded");
}

/** The service `hello`, as a folder of the server that runs the console. */
async function writeSource({ host }: ProductionServer, version: string): Promise<void> {
  await host.script(
    `mkdir -p ${PRODUCTION}/sources/hello; cd ${PRODUCTION}/sources/hello
     printf %s "$1" >Dockerfile; printf %s "$2" >server.py; echo "{\\"version\\": \\"$3\\"}" >release.json`,
    [DOCKERFILE, PROGRAM, version],
  );
}

const ADDRESSES = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
/** Every port on which our programs listen, at every address. */
const TRY = `
const { connect } = require("node:net");
for (const host of process.argv.slice(1)) for (const port of [3000, 5432, 443, 2019]) {
  const socket = connect({ host, port, timeout: 3000 });
  socket.once("connect", () => { console.log("open", host, port); socket.destroy(); });
  socket.once("timeout", () => { console.log("timeout"); socket.destroy(); });
  socket.once("error", (error) => console.log(error.code));
}`;

async function readKey(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return readFile(server.host.keys.ed25519.file, "utf8");
}
