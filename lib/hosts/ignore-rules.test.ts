import { expect, test } from "vitest";
import { dockerIgnore } from "./ignore-rules";

const kept = (text: string, paths: string[]) => {
  const rules = dockerIgnore(text, ".dockerignore", ["Dockerfile", ".dockerignore"]);
  return paths.filter((path) => !rules.ignores(path, false));
};

test.each([
  ["*.md", ["a.md", "docs/a.md"], ["docs/a.md"]],
  ["**/*.md", ["a.md", "docs/x/a.md", "a.mdx"], ["a.mdx"]],
  ["/docs/", ["docs", "docs/a", "x/docs"], ["x/docs"]],
  ["./docs/../temp", ["docs", "temp/a"], ["docs"]],
  ["a/**/b", ["a/b", "a/x/b", "a/x/y/b/c", "a/bb"], ["a/bb"]],
  ["docs/**", ["docs/a/b", "other"], ["other"]],
  ["temp?", ["temp", "temps", "temp/a"], ["temp", "temp/a"]],
  ["[a-c]x\n[^a]y", ["ax", "dx", "ay", "by"], ["dx", "ay"]],
  ["app/(auth)/+x{1}.$", ["app/(auth)/+x{1}.$", "app/auth/+x{1}.$"], ["app/auth/+x{1}.$"]],
  ["a\\*b\n\\!c", ["a*b", "axb", "!c"], ["axb"]],
  ["*\n!src/**\nsrc/secret", ["a", "src/a/b", "src/secret/x"], ["src/a/b"]],
  ["node\n!node/keep", ["node/a", "node/keep", "node/keep/x"], ["node/keep", "node/keep/x"]],
  ["# docs\n\n  \n#a\n!\n.", ["docs", "#a", "x"], ["docs", "#a", "x"]],
  ["\uFEFFa\r\n b \r\n", ["a", "b", "c"], ["c"]],
  ["日本\n**/\u{1f6a2}?", ["日本/x", "a/\u{1f6a2}\u{1f6a2}", "a/\u{1f6a2}"], ["a/\u{1f6a2}"]],
  ["**", ["a", "Dockerfile", ".dockerignore", "sub/Dockerfile"], ["Dockerfile", ".dockerignore"]],
  ["Foo", ["foo", "Foo"], ["foo"]],
  ["a*c", ["a\nc", "a/c"], ["a/c"]],
])("%j of %j leaves %j", (text, paths, expected) => {
  expect(kept(text, paths)).toEqual(expected);
});

test.each(["[a", "x\\"])("%j means nothing, which is said", (text) => {
  expect(() => dockerIgnore(text)).toThrow(expect.objectContaining({ code: "source-file-invalid" }));
});

test("looks below ignored folders only when something is taken back", () => {
  expect(dockerIgnore("*").looksBelow("a")).toBe(false);
  expect(dockerIgnore("*\n!a/b").looksBelow("a")).toBe(true);
});

test("what is kept is sent although its folder is ignored, and nothing else of that folder", () => {
  const rules = dockerIgnore("build", "build/web.Dockerfile.dockerignore", ["build/web.Dockerfile"]);
  expect(rules.looksBelow("build")).toBe(true);
  expect(rules.looksBelow("other")).toBe(false);
  expect([rules.ignores("build/web.Dockerfile", false), rules.ignores("build/other", false)]).toEqual([false, true]);
});
