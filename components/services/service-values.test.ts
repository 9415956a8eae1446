import { expect, test } from "vitest";
import { bodyOf as typedBody } from "@/components/forms/contract-values";
import { HealthCheck } from "@/lib/contracts/health-check";
import { ProcessType } from "@/lib/contracts/process-type";
import { NewService, ServiceChange, type ServiceDetail } from "@/lib/contracts/service";
import { newProcess, type ProcessRow, processRowsOf } from "./process-values";
import {
  contractOf,
  emptyService,
  prepareService,
  type ServiceValues,
  valuesOf,
  withDriver,
  withSourceKind,
} from "./service-values";

const filled: ServiceValues = {
  ...emptyService,
  name: "hello",
  source: { ...emptyService.source, path: " /srv/hello " },
  port: "8080",
};

/** The body that the form sends. */
function bodyOf(values: ServiceValues, contract: typeof NewService | typeof ServiceChange = NewService) {
  return typedBody(contractOf(contract)(values), prepareService(values)) as Record<string, unknown>;
}

/** The values with another source. */
function from(values: ServiceValues, source: Partial<ServiceValues["source"]>): ServiceValues {
  return { ...values, source: { ...values.source, ...source } };
}

test("what is left empty is left to the server", () => {
  expect(NewService.parse(bodyOf(filled))).toMatchObject({
    source: { kind: "folder", path: "/srv/hello" },
    port: 8080,
    settings: {},
    health: {},
    domain: null,
    dropletId: null,
  });
});

test("numbers are numbers, seconds are milliseconds, and what is neither is sent as it was typed", () => {
  const body = bodyOf({
    ...filled,
    port: "80a",
    settings: { memoryMb: "512", cpus: " 1.5 ", start: "node ." },
    health: { stabilityMs: "2.5", healthyThreshold: "4" },
  });
  expect(body).toMatchObject({
    port: "80a",
    settings: { memoryMb: 512, cpus: 1.5, start: "node ." },
    health: { stabilityMs: 2_500, healthyThreshold: 4 },
  });
});

test("an empty form names every field that is needed", () => {
  const wrong = NewService.safeParse(bodyOf(emptyService)).error?.issues.map(({ path }) => path.join("."));
  expect(wrong).toEqual(expect.arrayContaining(["name", "source.path", "port"]));
});

test("settings of a driver that was only looked at are not sent", () => {
  expect(bodyOf({ ...filled, settings: { image: "x", start: "run" } }).settings).toEqual({ start: "run" });
});

test("a service that is opened and saved stays as it is", () => {
  const health = HealthCheck.parse({ stabilityMs: 1_500 });
  const service = {
    name: "hello",
    driver: "process",
    target: { id: "t", name: "here", kind: "local" },
    source: { kind: "folder", path: "/srv/hello" },
    port: 8080,
    healthPath: "/up",
    healthPathChosen: true,
    health,
    domain: "app.example.com",
    dropletId: 7,
    autoRegister: false,
    volumes: [{ name: "data", path: "/data" }],
    settings: { start: "node .", memoryMb: 256 },
  } as unknown as ServiceDetail;
  const { driver, source, port, healthPath, domain, dropletId, autoRegister, volumes, settings } = service;
  expect(bodyOf(valuesOf(service), ServiceChange)).toEqual({
    driver,
    source,
    port,
    healthPath,
    health,
    domain,
    dropletId,
    autoRegister,
    volumes,
    settings,
  });
  const unchosen = valuesOf({ ...service, healthPath: "/", healthPathChosen: false });
  expect(bodyOf(unchosen, ServiceChange)).toMatchObject({ healthPath: null });
});

test("each kind of source sends its own field, and what was typed for the others is kept here", () => {
  const uploadId = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21";
  const values = from(filled, { uploadId, image: " ghcr.io/acme/shop " });
  expect(bodyOf(from(values, { kind: "archive" })).source).toEqual({ kind: "archive", uploadId });
  expect(bodyOf(from(values, { kind: "image" })).source).toEqual({ kind: "image", image: "ghcr.io/acme/shop" });
  expect(bodyOf(from(filled, { kind: "archive" })).source).toEqual({ kind: "archive" });
});

test("settings of builds are not sent with an image, which is not built", () => {
  const docker = { ...filled, driver: "docker" as const, settings: { dockerfile: "web.Dockerfile", user: "1000" } };
  expect(bodyOf(docker).settings).toEqual({ dockerfile: "web.Dockerfile", user: "1000" });
  expect(bodyOf(from(docker, { kind: "image" })).settings).toEqual({ user: "1000" });
});

test("a driver that does not take the source moves it along, and the other way round", () => {
  expect(withSourceKind(emptyService, "image")).toEqual({ kind: "image", driver: "docker" });
  expect(withSourceKind(emptyService, "archive")).toEqual({ kind: "archive", driver: "process" });
  expect(withDriver({ kind: "image" }, "systemd")).toEqual({ driver: "systemd", kind: "folder" });
  expect(withDriver({ kind: "archive" }, "docker")).toEqual({ driver: "docker", kind: "archive" });
});

test("a repository's folder and this machine's are two controls, and what is left empty of a repository is the server's", () => {
  const typed = from(filled, {
    kind: "git",
    url: "https://git.example.com/acme/shop.git",
    ref: "",
    folder: "apps/web",
  });
  expect(NewService.parse(bodyOf(typed)).source).toEqual({
    kind: "git",
    url: "https://git.example.com/acme/shop.git",
    path: "apps/web",
  });
  const bare = NewService.parse(bodyOf(from(typed, { ref: "main", folder: "" }))).source;
  expect(bare).toEqual({ kind: "git", url: "https://git.example.com/acme/shop.git", ref: "main" });
  const stored = valuesOf({
    ...({} as ServiceDetail),
    target: { name: "web-1" },
    settings: {},
    volumes: [],
    source: bare,
  } as never);
  expect(stored.source).toMatchObject({
    kind: "git",
    url: "https://git.example.com/acme/shop.git",
    ref: "main",
    path: "",
    folder: "",
  });
});

test("process types are sent by their names, and come back as they were typed", () => {
  const processes = {
    worker: { command: "node w.js", replicas: 2, handover: "stop-first", memoryMb: 64 },
    clock: { replicas: 0 },
  };
  const rows = processRowsOf(processes);
  expect(rows.map(({ type, replicas }) => [type, replicas])).toEqual([
    ["worker", "2"],
    ["clock", "0"],
  ]);
  const sent = (given: readonly ProcessRow[]) => bodyOf({ ...filled, processes: given }).settings;
  expect(sent([...rows, newProcess()])).toEqual({
    processes: { ...processes, clock: { replicas: 0, handover: "beside" } },
  });
  expect(sent([newProcess()])).toEqual({});
});

test("a process type that has no name, or one that is there, is refused and not lost", () => {
  const twice = [
    newProcess({ type: "a", command: "1" }),
    newProcess({ type: "a", command: "2" }),
    newProcess({ command: "3" }),
  ];
  const { processes } = bodyOf({ ...filled, processes: twice }).settings as {
    processes: Record<string, { command: string }>;
  };
  expect(Object.values(processes).map(({ command }) => command)).toEqual(["1", "2", "3"]);
  expect(Object.keys(processes).map((name) => ProcessType.safeParse(name).success)).toEqual([true, false, false]);
});
