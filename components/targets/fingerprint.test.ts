import { expect, test } from "vitest";
import { commandThatPrints, isPrinted } from "./fingerprint";

test.each([
  ["ssh-ed25519", "ed25519"],
  ["ecdsa-sha2-nistp256", "ecdsa"],
  ["ssh-rsa", "rsa"],
])("the fingerprint of a %s key is printed from the %s file", (type, file) => {
  expect(commandThatPrints(type)).toBe(`ssh-keygen -lf /etc/ssh/ssh_host_${file}_key.pub`);
});

test("the line that the server printed, or the fingerprint alone, is the same; anything else is not", () => {
  const fingerprint = "SHA256:0Xq0mau3Y7A0jPjDFbd5NHCdEk/fnzBg55416tyLCMM";
  expect(isPrinted(`256 ${fingerprint} root@web-1 (ED25519)\n`, fingerprint)).toBe(true);
  expect(isPrinted(fingerprint, fingerprint)).toBe(true);
  expect(isPrinted(fingerprint.slice(0, -1), fingerprint)).toBe(false);
  expect(isPrinted(`${fingerprint}A`, fingerprint)).toBe(false);
  expect(isPrinted(fingerprint.toLowerCase(), fingerprint)).toBe(false);
});
