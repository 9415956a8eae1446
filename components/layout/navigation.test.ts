import { expect, test } from "vitest";
import { isCurrent, navigationOf } from "./navigation";

const keysFor = (role: "admin" | "member" | "viewer") => navigationOf({ id: "u", role }).map(({ key }) => key);

test("entries one may not use are absent", () => {
  expect(keysFor("member")).toEqual([
    "overview",
    "stacks",
    "services",
    "deployments",
    "targets",
    "registrations",
    "notifications",
    "tokens",
    "api",
  ]);
  expect(keysFor("viewer")).toEqual(expect.arrayContaining(["audit", "imageRegistries"]));
  expect(keysFor("admin")).toEqual(expect.arrayContaining(["users", "templates"]));
});

test("under a phone's thumb: what runs and how it is made; for who runs no machines, stacks first", () => {
  expect(keysFor("admin").slice(0, 4)).toEqual(["overview", "services", "stacks", "deployments"]);
  expect(keysFor("viewer").slice(0, 4)).toEqual(["overview", "stacks", "services", "deployments"]);
});

test.each([
  ["/", "/", true],
  ["/", "/services", false],
  ["/services", "/services/hello", true],
  ["/services", "/services-old", false],
])("%s is current on %s: %s", (href, pathname, current) => {
  expect(isCurrent(href, pathname)).toBe(current);
});
