import { expect, test, vi } from "vitest";
import { leadsInward, registryLeadsInward, resolveOn, whyRefused } from "./inward-address";
import { RecordingHost } from "./recording-host";

test.each([
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "0177.0.0.1",
  "0.0.0.0",
  "169.254.169.254",
  "0xa9fea9fe",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "::1",
  "[::1]",
  "::",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "fe80::1",
  "fd00:ec2::254",
  "fd20:ce::254",
  "::ffff:168.63.129.16",
  "localhost",
  "LocalHost.",
  "shop.localhost",
  "metadata.google.internal",
])("%s leads inward", async (host) => {
  expect(await leadsInward(host)).toBe(true);
});

test("a registry is asked about without its port", async () => {
  const inward = ["localhost:5000", "127.0.0.1", "[::1]:5000", "169.254.169.254:80", "docker.io", "203.0.113.7:5000"];
  expect(await Promise.all(inward.map((registry) => registryLeadsInward(registry)))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});

test.each([
  "203.0.113.7",
  "10.0.0.4",
  "2001:db8::1",
  "::ffff:203.0.113.7",
  "64:ff9b::cb00:7107",
  "no-such-name.invalid",
])("%s does not", async (host) => {
  expect(await leadsInward(host)).toBe(false);
});

test("a registry is resolved as the host of the build knows it", async () => {
  const known: Record<string, string[]> = {
    "evil.example": ["203.0.113.4", "127.0.0.1"],
    "good.example": ["203.0.113.5"],
  };
  const resolve = async (name: string) => known[name] ?? [];
  expect(await registryLeadsInward("evil.example:5000", resolve)).toBe(true);
  expect(await registryLeadsInward("good.example", resolve)).toBe(false);
  const host = new RecordingHost(({ args }) => ({
    stdout: `${known[String(args[2])]?.map((at) => `${at} STREAM`).join("\n")}\n`,
  }));
  expect(await resolveOn(host, new AbortController().signal)("evil.example")).toEqual(["203.0.113.4", "127.0.0.1"]);
});

test("the console's public name is its own machine, wherever it leads", () => {
  vi.stubEnv("NEXTAUTH_URL", "https://console.example.com");
  delete (globalThis as { landfallEnv?: unknown }).landfallEnv; // settings are read anew
  const rules = { mayBePrivate: true, mayBeConsole: false };
  expect(whyRefused("Console.example.com", ["203.0.113.7"], rules)).toBe("console");
  expect(whyRefused("console.example.com", ["203.0.113.7"], { ...rules, mayBeConsole: true })).toBeNull();
  expect(whyRefused("other.example.com", ["203.0.113.7"], rules)).toBeNull();
  expect(whyRefused("other.example.com", ["10.0.0.7"], rules)).toBeNull();
  expect(whyRefused("other.example.com", ["10.0.0.7"], { ...rules, mayBePrivate: false })).toBe("private");
});
