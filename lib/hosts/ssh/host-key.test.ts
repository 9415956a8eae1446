import { expect, test } from "vitest";
import { algorithmsFor, fingerprintOf, hostKeyProblem, lineOf } from "./host-key";

// A key that was created for this test; the fingerprint is the output of ssh-keygen -l.
const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN2edN7zlcsZV3apDq6vX4bukKPBKavYaBw1KA2PY2v7";
const blob = (line: string) => Buffer.from(line.split(" ")[1] ?? "", "base64");
const RSA = lineOf(Buffer.from("AAAAB3NzaC1yc2EAAAADAQABAAAAQQ==", "base64"));

test("prints a fingerprint as ssh-keygen does", () => {
  expect(fingerprintOf(`${ED25519} root@web`)).toBe("SHA256:snWkNp4TYr2H3p5I22zKSWwbdiyvwlwCyDROkBKtQYo");
});

test.each(["", "ssh-ed25519", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMq", "SHA256:abc", "host ssh-ed25519 AAAA"])(
  "“%s” is not a host key",
  (line) => {
    expect(() => fingerprintOf(line)).toThrow(expect.objectContaining({ code: "settings-invalid" }));
  },
);

test("asks for the pinned kind first, and still for the others", () => {
  expect(algorithmsFor(ED25519)[0]).toBe("ssh-ed25519");
  expect(algorithmsFor(RSA).slice(0, 2)).toEqual(["rsa-sha2-512", "rsa-sha2-256"]);
  expect([...algorithmsFor(RSA)].sort()).toEqual([...algorithmsFor()].sort());
});

test("the pinned key is no problem, another one is and says both fingerprints", () => {
  expect(hostKeyProblem(`${ED25519} a comment`, blob(ED25519))).toBeUndefined();
  expect(hostKeyProblem(ED25519, blob(RSA))).toMatchObject({
    code: "host-key-changed",
    params: { expected: fingerprintOf(ED25519), received: fingerprintOf(RSA) },
  });
});
