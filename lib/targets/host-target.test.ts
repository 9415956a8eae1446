import { expect, test } from "vitest";
import { versionIn } from "./host-target";

test.each([
  ["v24.21.0", "24.21.0"],
  ["11.19.0\n", "11.19.0"],
  ["Python 3.11.2", "3.11.2"],
  ["Docker version 20.10.24+dfsg1, build 297e128", "20.10.24+dfsg1"],
  ["systemd 252 (252.39-1~deb12u1)\n+PAM +AUDIT", "252"],
  ["v2.6.2 h1:abc=", "2.6.2"],
  ["unversioned tool", "unversioned tool"],
  ["", null],
])("%j is version %j", (output, version) => {
  expect(versionIn(output)).toBe(version);
});
