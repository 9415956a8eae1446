import { expect, test } from "vitest";
import {
  type EdgeService,
  NO_APPS,
  newListeners,
  serviceIn,
  servicesIn,
  withoutService,
  withService,
} from "./edge-config";

const FOLDERS = { live: "/base/.edge/live/web", assets: "/base/.edge/assets/web/files" };
const web: EdgeService = {
  name: "web",
  publicPort: 8000,
  bindAddress: null,
  domain: null,
  certificate: "automatic",
  slots: { blue: 20_001, green: 20_002 },
  keepsAssets: false,
};

test.each<[string, Partial<EdgeService>]>([
  ["on every interface", {}],
  ["on one interface", { bindAddress: "10.0.0.4" }],
  ["on an IPv6 interface", { bindAddress: "::1" }],
  ["with a domain", { domain: "web.example.com" }],
  ["that keeps old assets, with a domain", { domain: "web.example.com", keepsAssets: true }],
  ["with a domain the internet does not know", { domain: "web.internal.test", certificate: "internal" }],
])("what is written of a service %s is read back", (_, change) => {
  const service = { ...web, ...change };
  const apps = withService(NO_APPS, service, FOLDERS);
  expect(serviceIn(apps, "web")).toEqual(service);
  expect(serviceIn(withService(apps, service, FOLDERS), "web")).toEqual(service);
});

test("a service that goes leaves the others, and nothing of itself", () => {
  const other = { ...web, name: "other", publicPort: 8001, domain: "other.example.com" };
  const apps = withService(NO_APPS, other, FOLDERS);
  const both = withService(apps, { ...web, domain: "web.example.com", certificate: "internal" }, FOLDERS);
  expect(servicesIn(both).map(({ name }) => name)).toEqual(["other", "web"]);
  expect(servicesIn(withoutService(both, "web"))).toEqual([other]);
  expect(JSON.stringify(withoutService(both, "web"))).not.toContain("web.example.com");
  expect(withoutService(withoutService(both, "web"), "other").http.servers).toEqual({});
});

test("a service that loses its domain is no longer routed by it", () => {
  const apps = withService(NO_APPS, { ...web, domain: "web.example.com" }, FOLDERS);
  const next = withService(apps, web, FOLDERS);
  expect(serviceIn(next, "web")).toEqual(web);
  expect(JSON.stringify(next)).not.toContain("web.example.com");
  const keeping = withService(apps, { ...web, keepsAssets: true }, FOLDERS);
  expect(withService(keeping, web, FOLDERS)).toEqual(next);
});

test("the ports that a change opens are told, and not those that are open already", () => {
  const apps = withService(NO_APPS, web, FOLDERS);
  expect(newListeners(NO_APPS, apps)).toEqual([{ address: null, port: 8000 }]);
  expect(newListeners(apps, withService(apps, { ...web, bindAddress: "10.0.0.4" }, FOLDERS))).toEqual([]);
  const other = { ...web, name: "other", publicPort: 8001, bindAddress: "::1" };
  expect(newListeners(apps, withService(apps, other, FOLDERS))).toEqual([{ address: "::1", port: 8001 }]);
  const named = withService(apps, { ...web, domain: "web.example.com" }, FOLDERS);
  expect(newListeners(apps, named).map(({ port }) => port)).toEqual([443, 80]);
  expect(
    newListeners(named, withService(named, { ...other, publicPort: 8000, domain: "b.example.com" }, FOLDERS)),
  ).toEqual([]);
  expect(newListeners(named, NO_APPS)).toEqual([]);
});

test("a name that is the end of another one is not mixed up with it", () => {
  const apps = withService(NO_APPS, { ...web, name: "my-web" }, FOLDERS);
  expect(serviceIn(apps, "web")).toBeNull();
  expect(withoutService(apps, "web")).toEqual(apps);
});

test("the release's port is asked with a connection per request, and green only while its file is there", () => {
  const server = withService(NO_APPS, web, FOLDERS).http.servers["service-web"];
  expect(server).toMatchObject({
    listen: [":8000"],
    routes: [
      { handle: [{ handler: "headers", request: { delete: ["Upgrade", "HTTP2-Settings"] } }] },
      {
        match: [{ file: { root: FOLDERS.live, try_files: ["/green"] } }],
        handle: [{ upstreams: [{ dial: "127.0.0.1:20002" }] }],
      },
      { handle: [{ transport: { keep_alive: { enabled: false } }, upstreams: [{ dial: "127.0.0.1:20001" }] }] },
    ],
  });
});
