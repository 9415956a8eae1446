import { beforeAll, expect, test } from "vitest";
import { PROGRAM } from "../servers/program";
import { HttpsClient } from "./https-client";
import { DOCUMENTED_NAME, ProductionServer, type Step } from "./production-server";

const PATIENCE = { timeout: 180_000, interval: 500 };
const FINISHED = ["succeeded", "failed", "cancelled", "stuck"];
const PRODUCTION = "/opt/landfall/production";

/** Says a line every half second while it is built, so that events have to flow. */
const DOCKERFILE = `FROM landfall-test/python
COPY . /app
RUN for n in 1 2 3 4 5 6; do echo "step $n"; sleep 0.5; done
CMD ["python3", "/app/server.py"]
`;

const server = await ProductionServer.make();
let steps: Step[];
let web: HttpsClient;

beforeAll(async () => {
  // It has one address for others, and this Landfall shares the host with a second one later.
  const bind = `echo 'LANDFALL_BIND=${server.host.insideAddress}' >>.release.env`;
  steps = await server.follow(({ script }) => patient(script.replace(/^(echo 'LANDFALL_IMAGE.*)$/m, `$1\n${bind}`)));
  const authority = steps.at(-1)?.output ?? "";
  web = new HttpsClient({ address: server.host.address, domain: DOCUMENTED_NAME, authority });
  for (const { script, ms } of steps) process.stdout.write(`${(ms / 1_000).toFixed(1)} s  ${script.split("\n")[0]}\n`);
});

/** Nobody reads and types as fast as a test: Caddy makes its authority within the first second. */
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
  await host.script(
    `mkdir -p ${PRODUCTION}/sources/hello; cd ${PRODUCTION}/sources/hello
     printf %s "$1" >Dockerfile; printf %s "$2" >server.py; echo '{"version": "one"}' >release.json`,
    [DOCKERFILE, PROGRAM],
  );
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
    ...{ source: { kind: "folder", path: "/sources/hello" }, settings: {}, environment: {} },
  });
  const { id } = await web.json<{ id: string }>("/api/deployments", { service: "hello" });

  const pieces = await web.stream(`/api/deployments/${id}/events`, (text) => /"state":"(succeeded|failed)"/.test(text));
  const state = async () => (await web.json<{ state: string }>(`/api/deployments/${id}`)).state;
  await expect.poll(async () => FINISHED.includes(await state()), PATIENCE).toBe(true);
  expect(await state()).toBe("succeeded");
  // Six lines, half a second apart: held back, they would have come together.
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

test("settings that others can read are warned about, and the same start again prints no password", async () => {
  const compose = `docker-compose -p landfall-production --env-file .release.env -f docker-compose.production.yml`;
  const again = () => server.host.script(`cd ${PRODUCTION}; ${compose} run --rm -T migrate 2>&1`);
  const quiet = await again();
  expect(quiet).not.toMatch(/Warning|Password/);
  await server.host.script(`chmod 0644 ${PRODUCTION}/.env.production; chmod 0440 ${PRODUCTION}/secrets/secret-key`);
  const warned = await again();
  expect(warned).toMatch(/Warning: .*\.env\.production can be read by others/);
  expect(warned).toMatch(/Warning: .*secret-key can be read by others/);
  await server.host.script(`chmod 0600 ${PRODUCTION}/.env.production; chmod 0400 ${PRODUCTION}/secrets/secret-key`);
});

test("staging on the same host sees nothing of production", async () => {
  const bind = "echo LANDFALL_BIND=127.0.0.1 >>.release.env";
  const toStaging = (script: string) =>
    script
      .replaceAll(DOCUMENTED_NAME, "staging.example.com")
      .replaceAll("production", "staging")
      .replaceAll("Caddyfile ", "Caddyfile.staging ");
  await server.follow(({ script }) => toStaging(script).replace(/^(echo 'LANDFALL_IMAGE.*)$/m, `$1\n${bind}`));
  const own = (project: string) => containersOf(project).then((list) => list.trim().split("\n"));
  expect((await own("landfall-staging")).length).toBe((await own("landfall-production")).length);

  const volumes = await server.host.exec(["docker", "volume", "ls", "--quiet"]);
  for (const project of ["production", "staging"]) expect(volumes).toContain(`landfall-${project}_postgres`);
  const staging = (await own("landfall-staging")).find((line) => line.includes("_web_"))?.split(" ")[0] ?? "";
  const production = (await own("landfall-production")).map((line) => line.split(" ")[0] ?? "");
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

const ADDRESSES = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
/** Every port that something of ours listens on, at every address. */
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
