import { expect, test } from "vitest";
import { isCurrent, navigationOf } from "./navigation";

const keysFor = (role: "admin" | "member" | "viewer") => navigationOf({ id: "u", role }).map(({ key }) => key);

test("entries one may not use are absent", () => {
  expect(keysFor("member")).toEqual([
    "overview",
    "services",
    "deployments",
    "targets",
    "registrations",
    "tokens",
    "api",
  ]);
  expect(keysFor("viewer")).toEqual(expect.arrayContaining(["audit", "imageRegistries"]));
  expect(keysFor("admin")).toContain("users");
});

test.each([
  ["/", "/", true],
  ["/", "/services", false],
  ["/services", "/services/hello", true],
  ["/services", "/services-old", false],
])("%s is current on %s: %s", (href, pathname, current) => {
  expect(isCurrent(href, pathname)).toBe(current);
});
