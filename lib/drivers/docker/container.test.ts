import type { ContainerInspectInfo } from "dockerode";
import { expect, test } from "vitest";
import { DeploymentSpec } from "@/lib/contracts/service";
import { secretsOf } from "@/lib/platform/secrets/secret";
import { type ContainerPlan, commandOptions, containerOptions, statusOf } from "./container";
import { networkName } from "./names";
import { DockerSettings } from "./settings";

const releaseId = "0193a0f2-7b1e-7c3d-9a55-1f2e3d4c5b6a";
const spec = DeploymentSpec.parse({
  serviceName: "web",
  driver: "docker",
  source: { kind: "folder", path: "/srv/web" },
  settings: {},
  port: 8080,
  healthPath: "/health",
  health: {},
  domain: null,
  volumes: [{ name: "data", path: "/var/lib/web" }],
  dropletId: null,
  autoRegister: false,
  environmentRevisionId: null,
});
const ctx = {
  base: "/opt/landfall/services",
  serviceName: "web",
  deploymentId: "0193a0f2-0000-7000-8000-000000000000",
  release: { id: releaseId, artifact: null },
  environment: secretsOf({ GREETING: "a 'b' \"c\"\n$d", PORT: "1" }),
  spec,
  isConfined: false,
};

function planned(settings: Record<string, unknown> = {}, plan: Partial<ContainerPlan> = {}, isConfined = false) {
  return containerOptions(
    { ...ctx, isConfined },
    {
      settings: DockerSettings.parse(settings),
      artifact: { imageId: "sha256:1234", tag: "web:1", exposedPort: null },
      binding: { host: "127.0.0.1", port: 32_001 },
      network: "landfall-1a2b3c4d",
      logDriver: "journald",
      ...plan,
    },
  );
}

test("a command's container is the release's own, but for its name, its command and what would bring it requests", () => {
  const plan = {
    settings: DockerSettings.parse({ command: "node migrate.js", memoryMb: 64, user: "1000" }),
    artifact: { imageId: "sha256:1234", tag: "web:1", exposedPort: null },
    binding: { host: "127.0.0.1", port: 32_001 },
    network: "landfall-1a2b3c4d",
    logDriver: "journald",
  };
  const variables = { LANDFALL_ADDRESS: "http://172.18.0.2:8080" };
  const own = commandOptions(ctx, plan, { name: "before-switch", variables });
  const { ExposedPorts: _, NetworkingConfig: __, HostConfig, ...release } = containerOptions(ctx, plan);
  const { PortBindings: ___, ...rights } = HostConfig ?? {};
  expect(own).toEqual({
    ...release,
    name: "landfall-web-1f2e3d4c5b6a-before-switch",
    Env: [...(release.Env ?? []), "LANDFALL_ADDRESS=http://172.18.0.2:8080"],
    Labels: { ...release.Labels, "landfall.command": "before-switch" },
    HostConfig: rights,
  });
  expect(own).toMatchObject({ Cmd: ["node", "migrate.js"], User: "1000", HostConfig: { CapDrop: ["NET_RAW"] } });
});

test("a container is named, labelled, published and in its network under the service's name", () => {
  expect(planned()).toEqual({
    name: "landfall-web-1f2e3d4c5b6a",
    Image: "sha256:1234",
    Env: ["LANDFALL_SERVICE=web", `LANDFALL_RELEASE=${releaseId}`, "GREETING=a 'b' \"c\"\n$d", "PORT=8080"],
    Labels: {
      "landfall.base": expect.stringMatching(/^[0-9a-f]{8}$/),
      "landfall.service": "web",
      "landfall.release": releaseId,
      "landfall.deployment": ctx.deploymentId,
      "landfall.binding": "127.0.0.1:32001",
      "landfall.port": "8080",
    },
    ExposedPorts: { "8080/tcp": {} },
    HostConfig: {
      NetworkMode: "landfall-1a2b3c4d",
      SecurityOpt: ["no-new-privileges"],
      PidsLimit: 2_048,
      CapDrop: ["NET_RAW"],
      RestartPolicy: { Name: "no" },
      PortBindings: { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "32001" }] },
      Mounts: [{ Type: "volume", Source: "web-data", Target: "/var/lib/web" }],
    },
    NetworkingConfig: { EndpointsConfig: { "landfall-1a2b3c4d": { Aliases: ["web"] } } },
  });
});

test("the port inside is the one asked for, else the image's, else the service's", () => {
  const portOf = (...args: Parameters<typeof planned>) => planned(...args).Labels?.["landfall.port"];
  const artifact = { imageId: "sha256:1234", tag: "web:1", exposedPort: 3000 };
  expect(portOf({ containerPort: 9000 }, { artifact })).toBe("9000");
  expect(portOf({}, { artifact })).toBe("3000");
  expect(portOf()).toBe("8080");
});

test("on the host's own network the release is told its binding, and nothing is published", () => {
  const options = planned({ network: "host" }, { network: "host" });
  expect(options.Env).toContain("PORT=32001");
  expect(options.ExposedPorts).toBeUndefined();
  expect(options.NetworkingConfig).toBeUndefined();
  expect(options.HostConfig).not.toHaveProperty("PortBindings");
});

test("limits, user, command and a root that cannot be written to", () => {
  const options = planned({
    memoryMb: 64,
    cpus: 0.5,
    user: "1000:1000",
    command: "serve --name 'a b'",
    stopSignal: "SIGINT",
    rootFilesystem: "read-only",
  });
  expect(options).toMatchObject({ Cmd: ["serve", "--name", "a b"], User: "1000:1000", StopSignal: "SIGINT" });
  expect(options.HostConfig).toMatchObject({
    Memory: 67_108_864,
    MemorySwap: 67_108_864,
    NanoCpus: 500_000_000,
    ReadonlyRootfs: true,
    Tmpfs: { "/tmp": "" },
  });
});

test("only raw sockets can be asked for besides", () => {
  expect(planned({ rawSockets: true }).HostConfig).not.toHaveProperty("CapDrop");
  expect(planned({ rawSockets: true }).HostConfig).toMatchObject({ SecurityOpt: ["no-new-privileges"] });
});

test("output is kept within bounds where the daemon's own way has none", () => {
  expect(planned({}, { logDriver: "json-file" }).HostConfig?.LogConfig).toMatchObject({ Type: "json-file" });
  expect(planned().HostConfig?.LogConfig).toBeUndefined();
});

test("in a network of others a member's service takes no name that they may have", () => {
  const namesIn = (network: string, isConfined: boolean) =>
    planned({}, { network }, isConfined).NetworkingConfig?.EndpointsConfig?.[network]?.Aliases;
  expect(namesIn("traefik", true)).toEqual(["web.landfall"]);
  expect(namesIn("traefik", false)).toEqual(["web"]);
  expect(namesIn(networkName(ctx), true)).toEqual(["web"]);
});

const labels = { "landfall.release": "r1", "landfall.binding": "127.0.0.1:32001", "landfall.port": "8080" };
const running = { Status: "running", Running: true, Restarting: false, OOMKilled: false, ExitCode: 0 };

function look(state: object = {}, container: object = {}) {
  return statusOf({
    Config: { Labels: labels },
    State: { ...running, StartedAt: "2026-11-21T03:04:05.123456789Z", ...state },
    RestartCount: 2,
    Image: "sha256:1234",
    NetworkSettings: { Networks: { "landfall-1a2b3c4d": { IPAddress: "172.18.0.2" } } },
    HostConfig: { Memory: 67_108_864 },
    ...container,
  } as unknown as ContainerInspectInfo);
}

test("a container that runs", () => {
  expect(look()).toEqual({
    releaseId: "r1",
    binding: { host: "127.0.0.1", port: 32_001 },
    listensAt: { host: "172.18.0.2", port: 8080 },
    running: true,
    exited: null,
    restarts: 2,
    since: "2026-11-21T03:04:05.123Z",
    isKept: true,
    runsFrom: "sha256:1234",
  });
});

test("without an address of its own it listens where it is bound", () => {
  expect(look({}, { NetworkSettings: { Networks: { host: { IPAddress: "" } } } }).listensAt).toEqual({
    host: "127.0.0.1",
    port: 32_001,
  });
});

test("one that ended says how, and one that is started again has not ended", () => {
  const ended = { Status: "exited", Running: false, ExitCode: 3 };
  expect(look(ended)).toMatchObject({ running: false, since: null, exited: { exitCode: 3, signal: null } });
  expect(look({ ...ended, ExitCode: 137, OOMKilled: true }).exited).toEqual({
    exitCode: 137,
    signal: "killed: it needed more than its 64 MB of memory",
  });
  expect(look({ Status: "restarting", Restarting: true })).toMatchObject({ running: false, exited: null });
  expect(look({ Status: "created", Running: false })).toMatchObject({ running: false, exited: null });
});
