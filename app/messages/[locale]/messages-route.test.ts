import { expect, test } from "vitest";
import { LOCALE_KEYS } from "@/lib/contracts/locales";
import { messagesOf } from "@/lib/platform/i18n/messages";
import { messagesAddress } from "@/lib/web/messages-text";
import { GET } from "./route";

const get = (address: string) =>
  GET(new Request(`http://localhost:3000${address}`), {
    params: Promise.resolve({ locale: new URL(address, "http://x").pathname.split("/")[2] ?? "" }),
  });

test.each(LOCALE_KEYS)("a browser reads all of %s once, and keeps it for as long as it is the same", async (locale) => {
  const answer = await get(await messagesAddress(locale));
  expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(await messagesOf(locale))));
});

test("without the version, or with an older one, it asks again the next time", async () => {
  for (const address of ["/messages/en", "/messages/en?v=older"])
    expect((await get(address)).headers.get("cache-control")).toBe("no-cache");
});

test("there is no file of a language that Landfall does not speak", async () => {
  for (const locale of ["xx", "..", "constructor", "en.json"])
    expect((await get(`/messages/${locale}`)).status).toBe(404);
});
