import { expect, test } from "vitest";
import { Problem } from "@/lib/contracts/problem";
import { DeployerRequest } from "./deployer";
import { partOfService, serviceOfRequest, toDeployerField, toDeployerProblem } from "./deployer-request";

const request = { service_path: "/srv/shop", service_name: "shop", service_port: 4100, deployment_method: "process" };

test("a request is a service with a folder", () => {
  expect(
    serviceOfRequest(
      DeployerRequest.parse({ ...request, droplet_id: 7, environment_vars: { A: "1" }, target: "web-1" }),
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
  );
  expect([dropletId, environment]).toEqual([undefined, undefined]);
});

test("a body that is nothing like a request has no part of a service", () => {
  expect([null, 7, "x", []].map((body) => partOfService(body).name)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(partOfService({ service_port: 1, service_path: "/x" })).toMatchObject({
    port: 1,
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
  [["target"], ["target"]],
  [
    ["settings", "start"],
    ["settings", "start"],
  ],
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
