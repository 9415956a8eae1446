import { expect, test } from "vitest";
import { countRequest, requestCounts, routeOf } from "./request-counts";

test.each([
  ["/api/services", {}, "/api/services"],
  [
    "/api/services/shop/environment/TOKEN",
    { name: "shop", variable: "TOKEN" },
    "/api/services/[name]/environment/[variable]",
  ],
  ["/api/services/services", { name: "services" }, "/api/services/[name]"],
  ["/api/services/a%20b", { name: "a b" }, "/api/services/[name]"],
  ["/api/services/%E0%A4%A", { name: "%E0%A4%A" }, "/api/services/[name]"],
  ["/api/services/x", { name: "y" }, "other"],
  ["/api/nothing/here", { unknown: ["nothing", "here"] }, "other"],
])("%s is counted as a route of ours", (path, params, route) => {
  expect(routeOf(path, params)).toBe(route);
});

test("requests are counted by method, route and status, with the time they took", () => {
  const asked = { method: "GET", route: "/api/x", startedMs: performance.now() - 20 };
  for (const status of [200, 200, 404]) countRequest({ ...asked, status });
  const counted = requestCounts().filter(({ route }) => route === "/api/x");
  expect(counted.map(({ status, count }) => [status, count])).toEqual([
    [200, 2],
    [404, 1],
  ]);
  expect(counted[0]?.totalMs).toBeGreaterThanOrEqual(40);
});
