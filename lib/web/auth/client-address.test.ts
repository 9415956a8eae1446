import { expect, test } from "vitest";
import { readEnv } from "@/lib/platform/env";
import { clientAddress, clientBehind, hostOf, isWithin, networkOf } from "./client-address";

const needed = { DATABASE_URL: "postgresql://localhost/none", LANDFALL_SECRET_KEY: "0".repeat(64) };
const within = (LANDFALL_TRUSTED_PROXIES: string) =>
  isWithin(readEnv({ ...needed, LANDFALL_TRUSTED_PROXIES } as unknown as NodeJS.ProcessEnv).LANDFALL_TRUSTED_PROXIES);

test.each([
  ["nobody is trusted", "192.0.2.1", "203.0.113.9", "", "192.0.2.1"],
  ["this machine is not either", "127.0.0.1", "203.0.113.9", "", "127.0.0.1"],
  ["another one is trusted", "192.0.2.1", "203.0.113.9", "10.0.0.0/8", "192.0.2.1"],
  ["it is trusted", "10.0.0.7", "203.0.113.9", "10.0.0.7", "203.0.113.9"],
  ["its network is trusted", "10.0.0.7", "203.0.113.9", "10.0.0.0/8", "203.0.113.9"],
  ["the client lied to it", "10.0.0.7", "198.51.100.1, 203.0.113.9", "private", "203.0.113.9"],
  ["two are trusted", "127.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.7", "loopback,10.0.0.7", "203.0.113.9"],
  ["the client named a trusted one", "10.0.0.7", "10.0.0.8, 203.0.113.9", "private", "203.0.113.9"],
  ["everyone is trusted", "10.0.0.7", "10.0.0.8", "private", "10.0.0.8"],
  ["it says nothing", "10.0.0.7", "", "private", "10.0.0.7"],
  ["it says something else", "10.0.0.7", "unknown", "private", "10.0.0.7"],
  ["it is IPv6", "fd00::1", "2001:db8::9", "fd00::/8", "2001:db8::9"],
  ["it is IPv4 in IPv6", "::ffff:10.0.0.7", "::ffff:203.0.113.9", "private", "203.0.113.9"],
])("where %s, %s forwarding for %s with %j trusted is %s", (_, peer, forwarded, trusted, expected) => {
  expect(clientBehind(peer, forwarded, within(trusted))).toBe(expected);
});

test.each(["10.0.0.0/33", "proxy.example", "10.0.0", "fe80::/129", "10.0.0.1/x"])("%s is no network", (wrong) => {
  expect(() => within(wrong)).toThrow("LANDFALL_TRUSTED_PROXIES");
});

test("what nobody marked is unknown, and only the socket's address counts unless a proxy is configured", () => {
  const forwarded = { "x-forwarded-for": "203.0.113.9" };
  expect(clientAddress(new Headers(forwarded))).toBe("unknown");
  expect(clientAddress(new Headers({ ...forwarded, "x-landfall-peer": "127.0.0.1" }))).toBe("127.0.0.1");
});

test.each([
  ["192.0.2.77", "192.0.2.77", "192.0.2.0/24"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"],
  ["2001:0db8::5", "2001:db8:0:0::/64", "2001:db8:0::/48"],
  ["::1", "0:0:0:0::/64", "0:0:0::/48"],
  ["unknown", "unknown", "unknown"],
])("%s is counted as %s, and in %s", (address, host, network) => {
  expect([hostOf(address), networkOf(address)]).toEqual([host, network]);
});
