import { expect, test } from "vitest";
import { seenFrom } from "./seen-address";

test.each([
  ["http://localhost:4100", "10.0.0.7:3000", "http://10.0.0.7:4100"],
  ["http://localhost:4100/path/", "console.example.com", "http://console.example.com:4100/path/"],
  ["http://localhost:4100", "[fd00::7]:3000", "http://[fd00::7]:4100"],
  ["http://localhost:4100", "localhost:3000", "http://localhost:4100"],
  ["http://localhost:4100", "127.0.0.1:3000", "http://localhost:4100"],
  ["http://localhost:4100", "[::1]:3000", "http://localhost:4100"],
  ["http://localhost:4100", null, "http://localhost:4100"],
  ["http://localhost:4100", "no host", "http://localhost:4100"],
  ["http://10.0.0.9:4100", "10.0.0.7:3000", "http://10.0.0.9:4100"],
  ["https://shop.example.com", "10.0.0.7:3000", "https://shop.example.com"],
  [null, "10.0.0.7:3000", null],
])("%s, asked by %s, is %s", (url, host, seen) => {
  expect(seenFrom(url, host)).toBe(seen);
});
