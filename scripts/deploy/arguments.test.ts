import { expect, test } from "vitest";
import { readArguments } from "./arguments";

test.each([
  [["production"], { kind: "deploy", environment: "production", timestamp: undefined, yes: false }],
  [["staging", "--yes", "--host", "root@a"], { kind: "deploy", environment: "staging", yes: true, host: "root@a" }],
  [["production", "--health-timeout=300"], { kind: "deploy", healthTimeoutMs: 300_000 }],
  [["rollback"], { healthTimeoutMs: 90_000, kind: "rollback", environment: "production", timestamp: undefined }],
  [
    ["rollback", "20261121-113502", "--environment", "staging"],
    { environment: "staging", timestamp: "20261121-113502" },
  ],
])("%j is understood", (words, expected) => {
  expect(readArguments(words)).toMatchObject(expected);
});

test.each([
  [[]],
  [["nowhere"]],
  [["production", "20261121-113502"]],
  [["rollback", "yesterday"]],
  [["staging", "--no"]],
  [["staging", "--health-timeout", "soon"]],
  [["staging", "--health-timeout", "0"]],
])("%j is answered with how it is used", (words) => {
  expect(() => readArguments(words)).toThrow("npm run deploy:rollback");
});
