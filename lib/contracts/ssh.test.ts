import { expect, test } from "vitest";
import { HostKeyLine, isBaseFolder, isHostAddress, isSshUser } from "./ssh";

test.each(["web-1", "web-1.example.com", "my_host.lan", "10.0.0.4", "::1", "2001:db8::1"])(
  "%s is an address",
  (host) => {
    expect(isHostAddress(host)).toBe(true);
  },
);
test.each([
  "",
  " web",
  "web.",
  "https://web",
  "web:22",
  "[::1]",
  "10.0.0.400",
  "10.0.0",
  "-web",
  "a..b",
  "web/1",
  "$(id)",
])("“%s” is no address", (host) => {
  expect(isHostAddress(host)).toBe(false);
});

test.each(["/opt/landfall/services", "/srv", "/home/deploy/apps-2", "/mnt/d@ta+1"])(
  "services may lie in %s",
  (folder) => {
    expect(isBaseFolder(folder)).toBe(true);
  },
);
test.each([
  "",
  "/",
  "srv",
  "/srv/",
  "/srv/../etc",
  "/srv/./x",
  "/etc/landfall",
  "/usr/bin",
  "/tmp/x",
  "/lib64",
  "/a b",
  "/a;b",
  "/a\nb",
])("services may not lie in %j", (folder) => {
  expect(isBaseFolder(folder)).toBe(false);
});

test("users", () => {
  expect(["root", "deploy", "first.last", "_svc", "u-1"].every(isSshUser)).toBe(true);
  expect(["", "-oProxyCommand", "a b", "a;b", "1st", "a:b"].some(isSshUser)).toBe(false);
});

const key = "AAAAC3NzaC1lZDI1NTE5AAAAIJvLDcmfu2tYQyoSFyPKdYKBAhAJuqfzI2bBdhTj3UCn";

test.each([
  `ssh-ed25519 ${key}`,
  ` ssh-ed25519   ${key} root@web-1\n`,
  `web-1.example.com,10.0.0.4 ssh-ed25519 ${key}`,
  `[10.0.0.4]:2222 ssh-ed25519 ${key}`,
])("%j is a host key without its names", (line) => {
  expect(HostKeyLine.parse(line)).toBe(`ssh-ed25519 ${key}`);
});
test.each(["", key, "ssh-ed25519", `ssh-rsa ${key}`, `ssh-ed25519 ${key.slice(0, -1)}`, "ssh-ed25519 !!!"])(
  "%j is none",
  (line) => {
    expect(HostKeyLine.safeParse(line).success).toBe(false);
  },
);
