/* What a real server loses, and what is restored there. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { HealthCheck } from "@/lib/contracts/health-check";
import { NewTarget } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { writePythonService } from "@/lib/drivers/contract/python-service";
import { writeContainerService } from "@/lib/drivers/docker/contract/container-service";
import { edgeLayout } from "@/lib/drivers/edge/edge";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { getDeployment } from "@/lib/engine/deployment-store";
import { requestDeployment, requestRemoval } from "@/lib/engine/request-deployment";
import { runDeployment } from "@/lib/engine/run-deployment";
import { aLocalTarget, aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { ensureDeploymentQueue, queue } from "@/lib/platform/queue/boss";
import { deploymentQueue } from "@/lib/targets/registry";
import { createTarget, removeTarget } from "@/lib/targets/target-commands";
import { findTargetRow, type TargetRow } from "@/lib/targets/target-store";
import { hostPlaceOf } from "@/lib/targets/test-host";
import { checkDueTargets, checkTargetDrift } from "./check-target-drift";
import { listOrphans, removeOrphans } from "./orphan-commands";
import { aDeployedService } from "./test-deployed";

const BASE = "/opt/landfall/services";
const QUICK = { portTimeoutMs: 15_000, intervalMs: 100, goodIntervalMs: 20, stabilityMs: 200, drainMs: 200 };

const web = await takeHost();

type DriverKind = "docker" | "systemd";
const DRIVERS: readonly DriverKind[] = ["docker", "systemd"];

/** All resources on the server that may belong to Landfall or to others. */
const whatIsThere = async () =>
  (
    await web.script(`
      set +e
      ls -d /etc/systemd/system/*.service /opt/* /opt/*/* /srv/* /root/.[a-z]* /var/lib/landfall* 2>/dev/null
      ls /tmp /run | grep -v 'systemd-private|motd' -E
      docker ps --all --format 'container {{.Names}}'
      docker images --all --no-trunc --format 'image {{.Repository}}:{{.Tag}} {{.ID}}'
      docker network ls --format 'network {{.Name}}'
      docker volume ls --format 'volume {{.Name}}'
      iptables -S | grep -v 'br-'
      cut -d: -f1 /etc/passwd
      pgrep -a 'caddy|node|python3' | sed 's/^[0-9]* //'
      exit 0
    `)
  )
    .split("\n")
    .filter(Boolean)
    .toSorted();
let before: string[];

let admin: Actor & { id: string };
let root: string;
let target: TargetRow;
const services = {} as Record<DriverKind, Awaited<ReturnType<typeof deployed>>>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "landfall-source-"));
  await chmod(root, 0o755);
  process.env.LANDFALL_SOURCE_ROOTS = root; // before anything reads the environment
  admin = await aPerson();
  before = await whatIsThere();
  target = await aServer();
  services.docker = await deployed("docker", 8_001);
  services.systemd = await deployed("systemd", 8_002);
}, 180_000);
afterAll(async () => {
  await (await queue()).stop({ graceful: false });
  await rm(root, { recursive: true });
});

async function aServer(): Promise<TargetRow> {
  const privateKey = await readFile(web.keys.ed25519.file, "utf8");
  const hostKey = web.hostKeys.ed25519.line;
  const input = { name: "web", host: web.address, key: { kind: "private-key", privateKey }, hostKey, base: BASE };
  await createTarget(NewTarget.parse(input), admin);
  const row = await findTargetRow("web");
  if (!row) throw new Error("the target is not there");
  await ensureDeploymentQueue(await queue(), deploymentQueue(row));
  return row;
}

async function deployed(driver: DriverKind | "process", port: number) {
  const name = `by-${driver}-${port}`;
  const path = join(root, name);
  await mkdir(path);
  await chmod(path, 0o755);
  if (driver === "docker") await writeContainerService(path, { version: name });
  else await writePythonService(path, { version: name });
  if (driver !== "docker")
    await writeFile(join(path, "Procfile"), "web: python3 service.py\nworker: exec sleep 3661\n");
  const { id } = await db.service.create({
    data: {
      name,
      ownerId: admin.id,
      targetId: target.id,
      driver,
      source: { kind: "folder", path },
      port,
      settings: driver === "docker" ? { processes: { worker: { command: "sleep 3661" } } } : {},
      health: HealthCheck.parse(QUICK),
      autoRegister: false,
    },
  });
  const { id: deploymentId } = await requestDeployment({ service: name }, admin);
  await runDeployment(id, { workerId: "test", handOver: new AbortController().signal, onStart: () => {} });
  const { state, problem, releaseId } = await getDeployment(deploymentId);
  if (state !== "succeeded") throw new Error(`${name} did not deploy: ${JSON.stringify(problem)}`);
  return { id, name, port, releaseId: releaseId ?? "" };
}

const stopping = new AbortController().signal;
async function compare(): Promise<void> {
  await db.driftCheck.updateMany({ where: { targetId: target.id }, data: { dueAt: new Date(0) } });
  await checkTargetDrift(target, { stopping });
}
const checkOf = ({ id }: { id: string }) => db.serviceCheck.findUniqueOrThrow({ where: { serviceId: id } });
const answer = ({ port }: { port: number }) =>
  fetch(`http://${web.address}:${port}/`, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => (response.ok ? ((await response.json()) as { version: string }).version : null),
    () => null,
  );
async function bothServe(): Promise<void> {
  for (const driver of DRIVERS)
    await expect.poll(() => answer(services[driver]), { timeout: 30_000 }).toBe(services[driver].name);
}
/** The containers of a process type; those with the port have none. */
const containersOf = async ({ name }: { name: string }, type = "") => {
  const filter = ["--filter", `label=landfall.service=${name}`];
  const format = ["--format", '{{.ID}},{{.Label "landfall.process"}}'];
  const lines = (await web.exec(["docker", "ps", "--all", ...filter, ...format])).trim().split("\n");
  return lines.flatMap((line) => (line.endsWith(`,${type}`) ? [line.slice(0, line.indexOf(","))] : []));
};
const containerOf = async (service: { name: string }) => (await containersOf(service))[0] ?? "";
const working = async () =>
  (await web.exec(["ps", "-eo", "args"])).split("\n").filter((line) => line.endsWith("sleep 3661"));
const edgeUnit = `${edgeLayout({ base: BASE }).name}.service`;

test("as deployed, everything is as it should be", async () => {
  await bothServe();
  await compare();
  for (const driver of DRIVERS)
    expect(await checkOf(services[driver])).toMatchObject({ condition: "good", differences: [], restored: [] });
  expect(await listOrphans(target.name, admin)).toEqual({ items: [], problems: [] });
});

test("a container that was stopped or removed by hand comes back", async () => {
  const service = services.docker;
  await web.exec(["docker", "stop", "--time", "1", await containerOf(service)]);
  await compare();
  expect(await checkOf(service)).toMatchObject({ condition: "good", restored: ["release"], tries: 1 });
  await bothServe();
  await web.exec(["docker", "rm", "--force", await containerOf(service)]);
  expect(await answer(service)).toBeNull();
  await compare();
  expect(await checkOf(service)).toMatchObject({ condition: "good", restored: ["release"], tries: 2 });
  await bothServe();
});

test("a unit that was stopped or removed by hand comes back", async () => {
  const service = services.systemd;
  const unit = (
    await web.script("ls /etc/systemd/system | grep '^landfall-by-systemd.*service$' | grep -v worker")
  ).trim();
  await web.exec(["systemctl", "stop", unit]);
  await compare();
  expect(await checkOf(service)).toMatchObject({ condition: "good", restored: ["release"], tries: 1 });
  await bothServe();
  await web.script(
    'systemctl disable --now "$1"; rm -rf "/etc/systemd/system/$1" "/etc/systemd/system/$1.d"; systemctl daemon-reload',
    [unit],
  );
  await compare();
  expect(await checkOf(service)).toMatchObject({ condition: "good", restored: ["release"], tries: 2 });
  await bothServe();
  expect((await web.exec(["systemctl", "is-enabled", unit])).trim()).toBe("enabled");
});

test("workers that were stopped or removed by hand come back, and the service counts as live meanwhile", async () => {
  expect(await working()).toHaveLength(2);
  await web.exec(["docker", "rm", "--force", ...(await containersOf(services.docker, "worker"))]);
  await web.script("systemctl stop 'landfall-by-systemd*-worker-1.service'");
  expect(await working()).toEqual([]);
  await bothServe();
  await compare();
  for (const driver of DRIVERS)
    expect(await checkOf(services[driver])).toMatchObject({ condition: "good", restored: ["processes"] });
  await expect.poll(working).toHaveLength(2);
  // The tries of these tests count together, and three are the most.
  await db.serviceCheck.updateMany({ data: { tries: 0, triedAt: null } });
  expect(await listOrphans(target.name, admin)).toEqual({ items: [], problems: [] });
});

test("an edge that was taken away is put back, and the way to each service with it", async () => {
  await web.script('systemctl disable --now "$1"; rm -f "/etc/systemd/system/$1"; systemctl daemon-reload', [edgeUnit]);
  for (const driver of DRIVERS) expect(await answer(services[driver])).toBeNull();
  await compare();
  await bothServe();
  const restored = await Promise.all(DRIVERS.map(async (driver) => (await checkOf(services[driver])).restored));
  expect(restored.flat()).toContain("edge");
});

test("a way that the edge lost is put back", async () => {
  const { socket } = edgeLayout({ base: BASE });
  const server = `http://localhost/config/apps/http/servers/service-${services.docker.name}`;
  await web.exec(["curl", "--fail", "--silent", "--unix-socket", socket, "--request", "DELETE", server]);
  expect(await answer(services.docker)).toBeNull();
  await compare();
  expect(await checkOf(services.docker)).toMatchObject({ condition: "good", restored: ["way"] });
  await bothServe();
});

test("a record that was lost is made again from what runs", async () => {
  await web.exec(["rm", `${BASE}/${services.systemd.name}/serving.json`]);
  await compare();
  expect(await checkOf(services.systemd)).toMatchObject({ condition: "good" });
  expect((await checkOf(services.systemd)).restored).toContain("record");
  await bothServe();
});

test.each([{ suddenly: false }, { suddenly: true }])("a host that reboots ($suddenly) serves again", async (how) => {
  await web.faults.reboot(how);
  await compare();
  await bothServe();
  await compare();
  for (const driver of DRIVERS) expect(await checkOf(services[driver])).toMatchObject({ condition: "good" });
  expect(await working()).toHaveLength(2);
});

test("a release that ends again and again is left to the host's own tool, and is down at the third look", async () => {
  const service = services.docker;
  const container = await containerOf(service);
  await web.exec([
    "docker",
    "exec",
    container,
    "sh",
    "-c",
    "echo 'import sys; print(\"broken\", flush=True); sys.exit(4)' >service.py",
  ]);
  await web.exec(["docker", "restart", "--time", "1", container]);
  const restarts = async () =>
    Number(await web.exec(["docker", "inspect", "--format", "{{.RestartCount}}", container]));
  for (const condition of ["unsteady", "unsteady", "down"]) {
    const before = await restarts();
    await expect.poll(restarts, { timeout: 60_000, interval: 200 }).toBeGreaterThan(before);
    await compare();
    expect((await checkOf(service)).condition).toBe(condition);
  }
  const check = await checkOf(service);
  expect(check.lastOutput).toContain("broken");
  expect(check.differences).toMatchObject([{ code: "release-unsteady" }]);
  await web.exec(["docker", "rm", "--force", container]);
  await compare();
  await bothServe();
});

test("orphans are what is ours and nobody's; a stranger's of a like name is never listed or removed", async () => {
  const gone = { docker: await deployed("docker", 8_003), systemd: await deployed("systemd", 8_004) };
  const ids = Object.values(gone).map(({ id }) => id);
  await db.service.updateMany({ where: { id: { in: ids } }, data: { deletedAt: new Date(), currentReleaseId: null } });
  await web.script(
    `docker run --detach --name landfall-${gone.docker.name}-like --label landfall.service=${gone.docker.name} \\
       --label landfall.base=ffffffff landfall-test/busybox sleep 600
     docker volume create ${gone.docker.name}-data
     docker volume create --label landfall.base="$1" --label landfall.service=${gone.docker.name} ${gone.docker.name}-ours
     mkdir -p ${BASE}/${gone.docker.name}-like
     touch ${BASE}/${gone.docker.name}-like/theirs
     printf '[Service]\\nExecStart=/bin/true\\n' >/etc/systemd/system/landfall-${gone.systemd.name}-like.service`,
    [edgeLayout({ base: BASE }).name.slice("landfall-edge-".length)],
  );
  const { items, problems } = await listOrphans(target.name, admin);
  expect(problems).toEqual([]);
  expect(items.map(({ kind, service }) => `${kind} ${service}`).toSorted()).toEqual(
    [
      // Each with its worker's.
      ...[`container ${gone.docker.name}`, `container ${gone.docker.name}`],
      ...[`unit ${gone.systemd.name}`, `unit ${gone.systemd.name}`],
      `image ${gone.docker.name}`,
      `volume ${gone.docker.name}`,
      `edge-route ${gone.docker.name}`,
      `release-folder ${gone.docker.name}`,
      `service-folder ${gone.docker.name}`,
      `user ${gone.systemd.name}`,
      `edge-route ${gone.systemd.name}`,
      `release-folder ${gone.systemd.name}`,
      `service-folder ${gone.systemd.name}`,
    ].toSorted(),
  );
  expect(items.filter(({ isData }) => isData).map(({ name }) => name)).toEqual([`${gone.docker.name}-ours`]);
  const all = items.map(({ id }) => id);
  expect(await removeOrphans(target.name, { ids: all }, admin)).toEqual({ removed: all, kept: [] });
  expect((await listOrphans(target.name, admin)).items).toEqual([]);
  const left = await web.script(
    `docker ps --all --format '{{.Names}}'; docker volume ls --quiet; ls ${BASE}; ls /etc/systemd/system`,
  );
  for (const theirs of [
    `landfall-${gone.docker.name}-like`,
    `${gone.docker.name}-data`,
    `landfall-${gone.systemd.name}-like`,
  ])
    expect(left).toContain(theirs);
  expect(left).not.toContain(`${gone.docker.name}-ours`);
  await bothServe();
});

test("a host that is silent keeps no other waiting", async () => {
  const here = await aDeployedService(admin, root, { name: "here" });
  await web.faults.dropNetwork();
  const ended = new AbortController();
  try {
    await db.driftCheck.updateMany({ data: { dueAt: new Date(0) } });
    const round = checkDueTargets(ended.signal);
    await expect
      .poll(() => db.serviceCheck.findUnique({ where: { serviceId: here.id } }))
      .toMatchObject({ condition: "good" });
    const held = await db.driftCheck.findUnique({ where: { targetId: target.id } });
    expect(held?.heldBy).toEqual(expect.any(String));
    ended.abort();
    await round;
  } finally {
    await web.faults.restoreNetwork();
    await (await findSupervisor(await hostPlaceOf(await aLocalTarget())))?.shutDown();
  }
  await compare();
  await bothServe();
});

test("after the last service and the target are removed, the server is as it was before, but for what is not ours", async () => {
  const names = (await db.service.findMany({ where: { deletedAt: null, targetId: target.id } })).map(
    ({ name }) => name,
  );
  await deployed("process", 8_005);
  const theirs = "/opt/landfall/theirs";
  await web.exec(["touch", theirs]);
  expect(await removeTarget(target.name, admin).catch(({ code }) => code)).toBe("target-in-use");
  for (const name of [...names, "by-process-8005"]) {
    const { id } = await requestRemoval(name, admin);
    const service = await db.service.findFirstOrThrow({ where: { name } });
    await runDeployment(service.id, { workerId: "test", handOver: new AbortController().signal, onStart: () => {} });
    expect(await getDeployment(id)).toMatchObject({ state: "succeeded" });
  }
  expect(await web.script("ls /etc/systemd/system")).toContain(edgeUnit);
  expect(await removeTarget(target.name, admin)).toEqual({ left: null });
  const left = (await whatIsThere()).filter((thing) => !before.includes(thing));
  expect(left.filter((thing) => !thing.includes("-like") && thing !== "volume by-docker-8003-data")).toEqual([
    "/opt/landfall",
    "/opt/landfall/services", // contains a folder of someone else
    theirs,
  ]);
});
