import { expect, test } from "vitest";
import { bodyOf } from "@/components/forms/contract-values";
import type { SshKeyFacts } from "@/lib/contracts/ssh";
import { NewServer, NewTarget, TargetChange, type TargetView } from "@/lib/contracts/target";
import {
  emptyJump,
  emptyServer,
  hostKeyRequestOf,
  prepareServer,
  type ServerValues,
  suggestedName,
  valuesOfServer,
} from "./server-values";

const line = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${"A".repeat(43)}I`;
const hostKey = { keyType: "ssh-ed25519", fingerprint: "SHA256:x", line };
const typed: ServerValues = { ...emptyServer, name: " web-1 ", host: " web-1.example.com ", hostKey };
const pasted = { kind: "private-key", privateKey: "-----BEGIN", passphrase: "" } as const;

test("what was typed is what is sent", () => {
  expect(NewTarget.parse(bodyOf(NewServer, prepareServer({ ...typed, key: pasted })))).toEqual({
    name: "web-1",
    kind: "ssh",
    host: "web-1.example.com",
    port: 22,
    user: "root",
    base: "/opt/landfall/services",
    publicHost: null,
    concurrency: 4,
    key: { kind: "private-key", privateKey: "-----BEGIN" },
    hostKey: line,
    jump: null,
  });
});

test("what is empty or no number is left for the answer to name", () => {
  const empty = { ...emptyServer, port: "2x", user: "", jump: { ...emptyJump, host: "" } };
  const wrong = NewTarget.safeParse(bodyOf(NewServer, prepareServer(empty))).error?.issues.map(({ path }) =>
    path.join("."),
  );
  expect(wrong).toEqual(
    expect.arrayContaining(["name", "host", "port", "key.privateKey", "hostKey", "jump.host", "jump.hostKey"]),
  );
});

test("a server that is opened and saved stays as it is, keys too", () => {
  const stored: SshKeyFacts = { kind: "private-key", keyType: "ssh-ed25519", fingerprint: "SHA256:y" };
  const ssh = { host: "10.0.0.4", port: 2222, user: "deploy", base: "/srv", publicHost: "apps.example.com" };
  const jump = { host: "10.0.0.1", port: 22, user: "root", hostKey, key: { ...stored, kind: "same" as const } };
  const target = {
    name: "web-1",
    concurrency: 2,
    ssh: { ...ssh, hostKey, key: stored, isHostKeyFixed: false, jump },
  } as TargetView;
  expect(TargetChange.parse(bodyOf(TargetChange, prepareServer(valuesOfServer(target))))).toEqual({
    name: "web-1",
    concurrency: 2,
    ...ssh,
    hostKey: line,
    jump: { host: "10.0.0.1", port: 22, user: "root", hostKey: line, key: { kind: "same" } },
  });
});

test("a host key is read with what is on the way to it, and with the stored keys of the target that is edited", () => {
  expect(hostKeyRequestOf(typed)).toEqual({ host: "web-1.example.com", port: 22, jump: null, target: undefined });
  const jump = { ...emptyJump, host: "gate", hostKey };
  expect(hostKeyRequestOf({ ...typed, jump, key: pasted }, "web-1")).toMatchObject({
    jump: { host: "gate", hostKey: line, key: { kind: "same" } },
    key: { kind: "private-key", privateKey: "-----BEGIN" },
    target: "web-1",
  });
});

test.each([
  ["web-1.example.com", "web-1"],
  ["Web_1", "web-1"],
  ["10.0.0.4", ""],
  ["fe80::1", ""],
  ["2001:db8::1", ""],
])("%s suggests the name “%s”", (host, name) => {
  expect(suggestedName(host)).toBe(name);
});
