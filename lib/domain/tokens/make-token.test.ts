import { expect, test } from "vitest";
import { makeToken } from "./make-token";

test("tokens look alike and are never the same", () => {
  const tokens = Array.from({ length: 500 }, makeToken);
  for (const { token, prefix, hash } of tokens) {
    expect(token).toMatch(/^lf_[0-9A-Za-z]{27}$/);
    expect(token.startsWith(prefix)).toBe(true);
    expect(prefix).toHaveLength(9);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  }
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(500);
});
