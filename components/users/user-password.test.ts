import { expect, test } from "vitest";
import { Password } from "@/lib/contracts/user";
import { randomPassword } from "./user-password";

test("it is one that may be set, and never the same", () => {
  const passwords = Array.from({ length: 100 }, randomPassword);
  expect(new Set(passwords).size).toBe(100);
  for (const password of passwords) {
    expect(password).toMatch(/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/);
    expect(Password.safeParse(password).success).toBe(true);
  }
});
