import { expect, test } from "vitest";
import { LOCALE_KEYS } from "@/lib/contracts/locales";
import { Notice } from "@/lib/contracts/notification";
import { EVENT_KINDS } from "@/lib/contracts/notification-events";
import { plainText, writeMessage } from "./message";

const origin = "https://landfall.example.com";
const notice = (changes: Partial<Notice> = {}): Notice => ({
  ...Notice.parse({ key: "k", kind: "deployment-failed", at: "2026-12-02T03:00:00.000Z", path: "/deployments/1" }),
  service: { id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21", name: "shop" },
  deployment: { id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21", number: 42 },
  ...changes,
});
const write = (locale: (typeof LOCALE_KEYS)[number], ...notices: Notice[]) =>
  writeMessage({ id: "m", kind: notices[0]?.kind ?? "deployment-failed", notices }, { locale, origin });

test("it says what happened, why, what is live, the commit, the last lines, and where to read on", async () => {
  const message = await write(
    "en",
    notice({
      problem: { code: "build-failed", params: {}, detail: "npm ERR! missing script" },
      release: 4,
      commit: { id: "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d", message: "Fix the cart", author: "Ana", at: null },
      lines: ["npm ERR! missing script", "Release 4 is live."],
    }),
  );
  expect(message.title).toBe("shop: deployment #42 failed");
  expect(plainText(message)).toBe(
    [
      "The build failed: one of its commands ended with an error.\nnpm ERR! missing script\nCurrent release: 4.\nCommit 1a2b3c4 by Ana: Fix the cart",
      "npm ERR! missing script\nRelease 4 is live.",
      `${origin}/deployments/1`,
    ].join("\n\n"),
  );
});

test("several of one kind are one message that names each", async () => {
  const notices = ["a", "b", "c"].map((name) =>
    notice({ key: name, service: { id: notice().service?.id ?? "", name } }),
  );
  const message = await write("en", ...notices);
  expect([message.title, message.sentences]).toEqual([
    "Deployment failed: 3 events",
    ["a: deployment #42 failed", "b: deployment #42 failed", "c: deployment #42 failed"],
  ]);
  const many = await write("en", ...Array.from({ length: 14 }, (_, n) => notice({ key: `${n}` })));
  expect([many.sentences.length, many.sentences.at(-1)]).toEqual([11, "and 4 more"]);
});

test.each(LOCALE_KEYS)("every event has a title in %s", async (locale) => {
  for (const kind of EVENT_KINDS) {
    const values = {
      elapsedMs: 61_000,
      usualMs: 9_000,
      freeBytes: 1e9,
      totalBytes: 1e11,
      address: "192.0.2.1",
      name: "Ana",
      domain: "shop.example.com",
      endsAt: "2026-12-14T03:00:00Z",
    };
    const target = { id: notice().service?.id ?? "", name: "web-1" };
    const { title, link } = await write(
      locale,
      notice({ kind, target, values: { ...values, since: "2026-12-01T03:00:00Z" } }),
    );
    expect(title, kind).not.toMatch(/notifications\.|[{}]|#0|undefined/);
    expect(link?.url).toBe(`${origin}/deployments/1`);
  }
});

test("the Arabic sentence keeps names and numbers in their own direction", async () => {
  expect((await write("ar", notice())).title).toContain("\u2068shop\u2069");
});

test("a commit's text adds no line, hides nothing that follows, and is cut", async () => {
  const commit = {
    id: "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d",
    author: "Ana\u202e\r\nBcc: x@example.com",
    at: null,
  };
  const message = await write("en", notice({ commit: { ...commit, message: "y".repeat(10_000) } }));
  expect(message.sentences).toEqual([expect.stringMatching(/^Commit 1a2b3c4 by Ana Bcc: x@example\.com: y{500}…$/)]);
});
