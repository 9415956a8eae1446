import { expect, test } from "vitest";
import { smallAnswer } from "./tool-answer";

const NO_LIST = { pages: undefined, offset: 0, limit: 10 };
const BY_KEY = { ...NO_LIST, pages: "by-key" as const };

async function textOf(body: unknown, window: Parameters<typeof smallAnswer>[1] = NO_LIST): Promise<string> {
  const { content } = await smallAnswer(Response.json(body), window);
  return content[0]?.text ?? "";
}

test("a page that is too large ends earlier, and its cursor is its last item", async () => {
  const items = Array.from({ length: 10 }, (_, n) => ({ id: `item-${n}`, text: "x".repeat(5_000) }));
  const page = JSON.parse(await textOf({ items, next: "further" }, BY_KEY));
  expect(page.items.map(({ id }: { id: string }) => id)).toEqual(["item-0", "item-1", "item-2"]);
  expect(page.nextCursor).toBe("item-2");
  const whole = JSON.parse(await textOf({ items: items.slice(0, 2), next: "further" }, BY_KEY));
  expect([whole.items.length, whole.nextCursor]).toEqual([2, "further"]);
});

test("an item that is too large alone is abridged, so that a list comes to its end", async () => {
  const items = [{ id: "a", texts: Array.from({ length: 50 }, () => "x".repeat(5_000)) }, { id: "b" }];
  const page = JSON.parse(await textOf({ items, next: null }, BY_KEY));
  expect([page.items[0].texts.length, page.items[0].texts.at(-1)]).toEqual([3, "… 48 more"]);
  expect(page.nextCursor).toBeNull();
});

test("long texts and lists are cut only where the whole is too large", async () => {
  const small = { text: "x".repeat(5_000), list: Array.from({ length: 100 }, (_, n) => n) };
  expect(JSON.parse(await textOf(small))).toEqual(small);
  const large = JSON.parse(await textOf({ ...small, more: "y".repeat(20_000) }));
  expect(large.text).toBe(`${"x".repeat(1_000)}… (4000 more characters)`);
  expect(large.list).toHaveLength(21);
});

test("whatever it is made of, an answer ends", async () => {
  const names = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`name-${n}`, n]));
  expect((await textOf(names)).length).toBeLessThan(41_000);
});

test("of a text the last lines stay", async () => {
  const lines = Array.from({ length: 3_000 }, (_, n) => `line ${n + 1}`);
  const { content } = await smallAnswer(new Response(`${lines.join("\n")}\n`), NO_LIST);
  const kept = content[0]?.text.split("\n") ?? [];
  expect(kept[0]).toMatch(/^\(\d+ earlier lines are left out\)$/);
  expect(kept.slice(-2)).toEqual(["line 3000", ""]);
  const nothing = await smallAnswer(new Response(null, { status: 204 }), NO_LIST);
  expect(nothing.content[0]?.text).toBe("Done.");
});
