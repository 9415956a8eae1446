import { expect, test } from "vitest";
import { isOlder, type Step, whyIgnored } from "./judge-push";
import type { Push } from "./read-push";

const push: Push = {
  ...{ provider: "github", deliveryId: "1", event: "push", kind: "push", ref: "refs/heads/main", before: null },
  commit: { id: "a".repeat(40), message: "", author: "", at: null },
  ...{ paths: ["apps/web/a.ts"], isSkipped: false, repository: null, defaultBranch: null },
};
const settings = {
  ...{ enabled: true, paths: [] as string[], lastRef: null as string | null },
  source: { kind: "git" as const, url: "https://git.example.com/acme/shop.git", ref: "main" as string | undefined },
};
const reason = (said: Partial<Push>, set: Partial<typeof settings> = {}) =>
  whyIgnored({ ...push, ...said }, { ...settings, ...set })?.reason ?? null;

test.each([
  [["apps/web/"], ["apps/web/a.ts"], null],
  [["apps/web/"], ["apps/api/a.ts"], "no-path"],
  [["!docs/"], ["docs/a.md"], "no-path"],
  [["!docs/", "!*.md"], ["docs/a.ts", "README.md"], "no-path"],
  [["!docs/"], ["docs/a.md", "a.ts"], null],
  [["apps/web/", "!*.md"], ["apps/web/README.md", "b.ts"], "no-path"],
  [["apps/web/", "!*.md"], ["apps/web/README.md", "apps/web/b.ts"], null],
  [["*.ts"], null, null],
  [["*.ts"], [], "no-path"],
  [["*.ts"], ["../outside"], null],
  [["*.ts"], [""], null],
  [[], ["anything"], null],
] as const)("of the patterns %j the paths %j are %j", (paths, touched, expected) => {
  expect(reason({ paths: touched && [...touched] }, { paths: [...paths] })).toBe(expected);
});

test("a branch and a tag of the name that the service has are its own", () => {
  expect(reason({ ref: "refs/tags/main" })).toBeNull();
  expect(reason({ ref: "refs/heads/main2" })).toBe("other-branch");
  expect(reason({ ref: "main" })).toBe("other-branch");
});

test("without a name it is the default branch: as the server says, as it was, or as it usually is", () => {
  const unnamed = { source: { ...settings.source, ref: undefined } };
  expect(reason({ ref: "refs/heads/trunk", defaultBranch: "trunk" }, unnamed)).toBeNull();
  expect(reason({ ref: "refs/heads/trunk" }, { ...unnamed, lastRef: "refs/heads/trunk" })).toBeNull();
  expect(reason({ ref: "refs/heads/main" }, { ...unnamed, lastRef: "refs/heads/trunk" })).toBe("other-branch");
  expect(reason({ ref: "refs/heads/master" }, unnamed)).toBeNull();
  expect(reason({ ref: "refs/heads/trunk" }, unnamed)).toBe("other-branch");
});

const step = (commit: string, before: string | null, at: number | null = null): Step => ({
  ...{ commit, before },
  at: at === null ? null : new Date(at * 60_000).toISOString(),
});

test("a push is older where the chain of pushes says so, and by its time where the chain is not known", () => {
  const chain = [step("b", "a"), step("c", "b"), step("d", "c")];
  expect(isOlder(step("b", "a", 9), step("d", "c", 1), chain)).toBe(true);
  expect(isOlder(step("d", "c", 1), step("b", "a", 9), chain)).toBe(false);
  expect(isOlder(step("b", null, 1), step("z", "y", 2), [])).toBe(true);
  expect(isOlder(step("b", null, 2), step("z", "y", 2), [])).toBe(false);
  expect(isOlder(step("b", null), step("z", "y", 2), [])).toBe(false);
});

test("a chain that leads in a circle ends", () => {
  const circle = [step("a", "b"), step("b", "a")];
  expect(isOlder(step("a", "b", 1), step("z", "y", 2), circle)).toBe(true);
});
