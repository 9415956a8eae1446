import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { overSsh } from "../contract/over-ssh";
import type { HostPlace } from "../driver";
import { listeners } from "../phases/validate-host";
import { type Edge, edgeLayout } from "./edge";
import type { EdgeService } from "./edge-config";
import { ensureEdge, findEdge } from "./ensure-edge";

const testHost = await takeHost();
const { newHost, makeBase, closeBase, close } = await overSsh(testHost);
const host = newHost();
const PORTS = { public: 8_050, blue: 18_051, green: 18_052 };

/** Answers with its name, on /slow once /run/go-on exists; accepts any other protocol that it is offered. */
const SERVER = `
import os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        while self.path == "/slow" and not os.path.exists("/run/go-on"): time.sleep(0.05)
        self.send_response(101 if "Upgrade" in self.headers else 200)
        self.end_headers()
        self.wfile.write(sys.argv[1].encode())
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
`;
for (const name of ["blue", "green"] as const)
  await testHost.script('systemd-run --quiet --collect --unit "test-$1" python3 -c "$3" "$1" "$2"', [
    name,
    String(PORTS[name]),
    SERVER,
  ]);
await testHost.script(
  'rm -f /run/go-on; for port; do until curl -s "http://127.0.0.1:$port"; do sleep 0.05; done; done',
  [String(PORTS.blue), String(PORTS.green)],
);

let place: HostPlace;
let edge: Edge;
const service: EdgeService = {
  name: "web",
  publicPort: PORTS.public,
  bindAddress: null,
  domain: null,
  certificate: "automatic",
  slots: { blue: PORTS.blue, green: PORTS.green },
  keepsAssets: false,
};

beforeAll(async () => {
  place = { host, base: await makeBase() };
  const started = await ensureEdge(place);
  if (!started) throw new Error("the test host has Caddy, and no edge started");
  edge = started;
});
afterEach(async () => {
  for (const { name } of await edge.services()) await edge.remove(name);
});
afterAll(async () => {
  await closeBase(place);
  await close();
});

const ask = async (path = "/") => (await fetch(`http://${testHost.address}:${PORTS.public}${path}`)).text();

test("a folder in /tmp that somebody else made first is not used", async () => {
  const far = { host, base: `${place.base}/${"far-".repeat(30)}` };
  const { socketDirectory } = edgeLayout(far);
  expect(socketDirectory).toMatch(/^\/tmp\//);
  const remove = () => testHost.script('rm -rf -- "$1" /tmp/theirs', [socketDirectory]);
  for (const squat of [
    'install -d -m 777 -o deploy -- "$1"',
    'install -d -o deploy /tmp/theirs && ln -s /tmp/theirs "$1"',
  ]) {
    await testHost.script(squat, [socketDirectory]);
    await expect(ensureEdge(far)).rejects.toMatchObject({
      code: "edge-failed",
      detail: expect.stringMatching(/is not ours/),
    });
    await remove();
  }
  expect(await findEdge(far)).toBeNull();
});

test("moves new requests at once, and waits for those in flight", async () => {
  await edge.put(service);
  expect(await ask()).toBe("blue");
  const slow = ask("/slow");
  const inFlight = (withinMs: number) => edge.drain([PORTS.blue], withinMs);
  await expect.poll(() => inFlight(0)).toMatchObject({ requests: 1 });
  await edge.goLive("web", "green");
  expect(await ask()).toBe("green");
  expect(await inFlight(0)).toMatchObject({ requests: 1 });
  const drained = inFlight(30_000);
  await testHost.exec(["touch", "/run/go-on"]);
  expect(await drained).toMatchObject({ requests: 0 });
  expect(await slow).toBe("blue");
  expect(await edge.service("web")).toEqual({ ...service, live: "green" });
});

test.each(["h2c", "h2,h2c", "TLS/1.2"])("an offer of %s is not taken up", async (offer) => {
  await edge.put(service);
  const headers = ["-H", "Connection: Upgrade, HTTP2-Settings", "-H", `Upgrade: ${offer}`, "-H", "HTTP2-Settings: AA"];
  const curl = ["curl", "-s", "-w", " %{http_code}", ...headers, `http://127.0.0.1:${PORTS.public}/`];
  expect((await testHost.exec(curl)).trim()).toBe("blue 200");
});

test("services that come at the same time are all there", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `web-${index}`);
  await Promise.all(names.map((name, index) => edge.put({ ...service, name, publicPort: 8_060 + index })));
  expect((await edge.services()).map(({ name }) => name).toSorted()).toEqual(names);
});

test("a port that somebody else holds is refused, and nothing else is lost", async () => {
  await edge.put(service);
  await testHost.faults.occupyPort(8_070);
  // Several times: Caddy opens the ports of a configuration in any order.
  for (let time = 0; time < 6; time += 1)
    await expect(edge.put({ ...service, name: "late", publicPort: 8_070 })).rejects.toMatchObject({
      code: "port-in-use",
    });
  const sockets = await testHost.exec(["sh", "-c", "cat /proc/net/tcp /proc/net/tcp6"]);
  expect(listeners(sockets, PORTS.public)).toHaveLength(1);
  expect(await ask()).toBe("blue");
  expect((await edge.services()).map(({ name }) => name)).toEqual(["web"]);
});

test("a service that goes closes its port; removing it again is nothing", async () => {
  await edge.put(service);
  await edge.goLive("web", "green");
  await edge.remove("web");
  await edge.remove("web");
  await expect.poll(() => ask().catch(() => "closed")).toBe("closed");
  await edge.put(service);
  expect(await ask()).toBe("blue");
});

test("a domain is served with the host's own certificate", async () => {
  const domain = "web.internal.test";
  await edge.put({ ...service, domain, certificate: "internal" });
  const authority = `${edgeLayout(place).data}/caddy/pki/authorities/local/root.crt`;
  const curl = ["curl", "-s", "--cacert", authority, "--resolve", `${domain}:443:127.0.0.1`, `https://${domain}/`];
  await expect.poll(async () => (await testHost.tryExec(curl)).stdout).toBe("blue");
});

test("it comes back when it is killed, and with the host, as it was", async () => {
  await edge.put(service);
  await edge.goLive("web", "green");
  await testHost.exec(["systemctl", "kill", "--signal=KILL", edgeLayout(place).name]);
  await expect.poll(() => ask().catch(String)).toBe("green");
  expect(await findEdge(place)).not.toBeNull();
});

test("of several that are started at once there is one", async () => {
  await testHost.exec(["systemctl", "stop", edgeLayout(place).name]);
  const edges = await Promise.all([ensureEdge(place), ensureEdge(place), ensureEdge(place)]);
  expect(edges.every((found) => found !== null)).toBe(true);
  expect((await testHost.exec(["pgrep", "-fc", `${place.base}/.edge/initial.json`])).trim()).toBe("1");
});

test("a host without Caddy has no edge", async () => {
  await testHost.faults.removeCaddy();
  const other = { host, base: await makeBase() };
  expect(await ensureEdge(other)).toBeNull();
  await testHost.faults.restoreCaddy();
  await closeBase(other);
});
