import { expect, test } from "vitest";
import { Problem } from "@/lib/contracts/problem";
import { partOfService, serviceOfRequest, toDeployerField, toDeployerProblem } from "./deploy-request";
import { DeployerRequest } from "./deployer";

const request = { service_path: "/srv/shop", service_name: "shop", service_port: 4100, deployment_method: "process" };

test("a request is a service with a folder", () => {
  expect(
    serviceOfRequest(
      DeployerRequest.parse({ ...request, droplet_id: 7, environment_vars: { A: "1" }, target: "web-1" }),
      "docker",
    ),
  ).toEqual({
    name: "shop",
    driver: "process",
    source: { kind: "folder", path: "/srv/shop" },
    port: 4100,
    autoRegister: true,
    dropletId: 7,
    environment: { A: "1" },
    target: "web-1",
  });
});

test("what was not said stays unsaid, and so do nulls", () => {
  const { dropletId, environment } = serviceOfRequest(
    DeployerRequest.parse({ ...request, droplet_id: null, environment_vars: null }),
    "docker",
  );
  expect([dropletId, environment]).toEqual([undefined, undefined]);
});

test("in every optional field null means that it is absent", () => {
  const { service_path, service_name, service_port } = request;
  const least = { service_path, service_name, service_port };
  const optional = Object.keys(DeployerRequest.shape).filter((name) => !(name in least));
  const nulls = Object.fromEntries(optional.map((name) => [name, null]));
  expect(optional.length).toBeGreaterThan(7);
  expect(serviceOfRequest(DeployerRequest.parse({ ...least, ...nulls }), "systemd")).toEqual(
    serviceOfRequest(DeployerRequest.parse(least), "systemd"),
  );
  expect(serviceOfRequest(DeployerRequest.parse(least), "systemd")).toMatchObject({
    driver: "systemd",
    autoRegister: true,
  });
});

test("an id may be its digits, and nothing else that is text", () => {
  const parse = (droplet_id: unknown) => DeployerRequest.safeParse({ ...request, droplet_id });
  expect(parse("42").data?.droplet_id).toBe(42);
  for (const wrong of ["", "4.2", "-1", "0", "4e2", "99999999999", " 7"]) expect(parse(wrong).success).toBe(false);
});

test("a health path and a start command are the service's, by the driver's own name for it", () => {
  const asked = { ...request, health_path: "/up", start_command: "./serve --fast" };
  const of = (deployment_method: string) =>
    serviceOfRequest(DeployerRequest.parse({ ...asked, deployment_method }), "docker");
  expect(of("process")).toMatchObject({ healthPath: "/up", settings: { start: "./serve --fast" } });
  expect(of("systemd").settings).toEqual({ start: "./serve --fast" });
  expect(of("docker").settings).toEqual({ command: "./serve --fast" });
});

test("a start-up time-out is the service's", () => {
  expect(serviceOfRequest(DeployerRequest.parse({ ...request, startup_timeout_seconds: 90 }), "docker").health).toEqual(
    {
      portTimeoutMs: 90_000,
    },
  );
  for (const startup_timeout_seconds of [0, 601, 1.5, "90"])
    expect(DeployerRequest.safeParse({ ...request, startup_timeout_seconds }).success).toBe(false);
});

test("a body that is nothing like a request has no part of a service", () => {
  expect([null, 7, "x", []].map((body) => partOfService(body, "docker").name)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(partOfService({ service_port: 1, service_path: "/x" }, "docker")).toMatchObject({
    port: 1,
    driver: "docker",
    source: { kind: "folder", path: "/x" },
  });
});

test.each([
  [["source", "path"], ["service_path"]],
  [["name"], ["service_name"]],
  [["port"], ["service_port"]],
  [["driver"], ["deployment_method"]],
  [["dropletId"], ["droplet_id"]],
  [
    ["environment", "2BAD"],
    ["environment_vars", "2BAD"],
  ],
  [["autoRegister"], ["auto_register"]],
  [["health", "portTimeoutMs"], ["startup_timeout_seconds"]],
  [["target"], ["target"]],
  [
    ["settings", "build"],
    ["settings", "build"],
  ],
  [["settings", "start"], ["start_command"]],
  [["settings", "command"], ["start_command"]],
  [["healthPath"], ["health_path"]],
])("%j is %j to its caller", (ours, theirs) => {
  expect(toDeployerField({ path: ours, code: "required", message: "required" }).path).toEqual(theirs);
});

test("a problem with fields speaks the caller's names, every other error is left alone", () => {
  const problem = new Problem("port-taken", {
    params: { port: 1 },
    fields: [{ path: ["port"], code: "port-taken", message: "port-taken" }],
  });
  expect(toDeployerProblem(problem)).toMatchObject({
    code: "port-taken",
    params: { port: 1 },
    fields: [{ path: ["service_port"] }],
  });
  const other = new Error("x");
  expect(toDeployerProblem(other)).toBe(other);
});
