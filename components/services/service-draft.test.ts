import { expect, test } from "vitest";
import { HealthCheck } from "@/lib/contracts/health-check";
import { NewService, type ServiceDetail } from "@/lib/contracts/service";
import { bodyOf, draftOf, emptyDraft, withDriver, withSourceKind } from "./service-draft";

const filled = { ...emptyDraft, name: "hello", path: " /srv/hello ", port: "8080" };

test("what is left empty is left to the server", () => {
  const body = { name: "hello", ...bodyOf(filled) };
  expect(NewService.parse(body)).toMatchObject({
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
  const wrong = NewService.safeParse({ name: "", ...bodyOf(emptyDraft) }).error?.issues.map(({ path }) =>
    path.join("."),
  );
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
    health,
    domain: "app.example.com",
    dropletId: 7,
    autoRegister: false,
    volumes: [{ name: "data", path: "/data" }],
    settings: { start: "node .", memoryMb: 256 },
  } as unknown as ServiceDetail;
  const { driver, source, port, healthPath, domain, dropletId, autoRegister, volumes, settings } = service;
  expect(bodyOf(draftOf(service))).toEqual({
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
});

test("each kind of source sends its own field, and what was typed for the others is kept here", () => {
  const uploadId = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21";
  const draft = { ...filled, uploadId, image: " ghcr.io/acme/shop " };
  expect(bodyOf({ ...draft, sourceKind: "archive" }).source).toEqual({ kind: "archive", uploadId });
  expect(bodyOf({ ...draft, sourceKind: "image" }).source).toEqual({ kind: "image", image: "ghcr.io/acme/shop" });
  expect(bodyOf({ ...filled, sourceKind: "archive" }).source).toEqual({ kind: "archive" });
});

test("what is asked for only where there are files to build is not sent with an image", () => {
  const docker = { ...filled, driver: "docker" as const, settings: { dockerfile: "web.Dockerfile", user: "1000" } };
  expect(bodyOf(docker).settings).toEqual({ dockerfile: "web.Dockerfile", user: "1000" });
  expect(bodyOf({ ...docker, sourceKind: "image" }).settings).toEqual({ user: "1000" });
});

test("a driver that does not take the source moves it along, and the other way round", () => {
  expect(withSourceKind(emptyDraft, "image")).toEqual({ sourceKind: "image", driver: "docker" });
  expect(withSourceKind(emptyDraft, "archive")).toEqual({ sourceKind: "archive", driver: "process" });
  const image = { ...emptyDraft, ...withSourceKind(emptyDraft, "image") };
  expect(withDriver(image, "systemd")).toEqual({ driver: "systemd", sourceKind: "folder" });
  expect(withDriver({ ...emptyDraft, sourceKind: "archive" }, "docker")).toEqual({
    driver: "docker",
    sourceKind: "archive",
  });
});
