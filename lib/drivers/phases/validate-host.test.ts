import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import type { PhaseContext } from "../driver";
import { askHealthPath, checkOwnAddress, listeners } from "./validate-host";

const here = () => readFileSync("/proc/net/tcp", "utf8") + readFileSync("/proc/net/tcp6", "utf8");

test.each(["127.0.0.1", "127.0.0.9", "0.0.0.0"])("a port that is bound on %s is listened to there", async (host) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as { port: number };
  expect(listeners(here(), port)).toEqual([host]);
  await new Promise((resolve) => server.close(resolve));
  expect(listeners(here(), port)).toEqual([]);
});

test("addresses of both families are read, and connections are no listeners", () => {
  const sockets = `  sl  local_address rem_address   st tx_queue
   0: 0400000A:1F90 00000000:0000 0A 00000000:00000000
   1: 0100007F:1F90 0100007F:A1B2 01 00000000:00000000
   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 000080FE000000000000000004030201:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000`;
  expect(listeners(sockets, 8_080)).toEqual(["10.0.0.4", "::1", "fe80::102:304"]);
  expect(listeners(sockets, 8_081)).toEqual(["127.0.0.1"]);
});

test("a health path that changed is asked of what serves, and what it says is told", async () => {
  const server = createHttpServer((request, response) => response.writeHead(request.url === "/new" ? 200 : 404).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const said = async (healthPath: string, settings = {}) => {
    const lines: string[] = [];
    const spec = { healthPath, health: { requestTimeoutMs: 2_000 } };
    const previous = { spec: { port, healthPath: "/health", settings } };
    const signal = AbortSignal.timeout(60_000);
    const ctx = {
      kind: "deploy",
      host: new LocalHost(),
      spec,
      previous,
      signal,
      log: (line: string) => lines.push(line),
    };
    await askHealthPath(ctx as unknown as PhaseContext);
    return lines;
  };
  expect(await said("/health")).toEqual([]);
  expect(await said("/new")).toEqual([]);
  expect(await said("/slip")).toEqual([expect.stringMatching(/^the live release answers \/slip with 404 in/)]);
  // Another machine's address by now: no request is sent, so nothing is logged.
  expect(await said("/slip", { bindAddress: "192.0.2.7" })).toEqual([]);
  server.close();
});

const check = (address?: string) => checkOwnAddress(new LocalHost(), address, AbortSignal.timeout(30_000));

test("a service listens on addresses of its host, or on all of them", async () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  for (const address of [undefined, "0.0.0.0", "::", "127.0.0.1", "127.0.0.9", ...own])
    await expect(check(address), address).resolves.toBeUndefined();
});

test.each(["192.0.2.7", "168.63.129.16", "169.254.169.254", "::ffff:169.254.169.254", "2001:db8::1", "fd00:ec2::254"])(
  "%s is not asked as if it were the host's",
  async (address) => {
    await expect(check(address)).rejects.toMatchObject({
      code: "settings-invalid",
      params: { field: "bindAddress" },
    });
  },
);
