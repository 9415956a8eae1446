import fc from "fast-check";
import { expect, test } from "vitest";
import { ownAddress, signInAddress } from "./own-address";

const BASE = "http://localhost:3000";

test.each([
  ["/services", "/services"],
  ["/services?owner=me#log", "/services?owner=me#log"],
  ["services", "/services"],
  [`${BASE}/x?y=1`, "/x?y=1"],
  [undefined, "/"],
  ["", "/"],
])("%j leads to a page of ours", (wanted, led) => {
  expect(ownAddress(wanted, BASE)).toBe(BASE + led);
});

test.each([
  "https://evil.example/",
  "//evil.example",
  "///evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "\t//evil.example",
  " //evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "\\/evil.example",
  "http:\\\\evil.example",
  "http:/\\evil.example",
  "https:evil.example",
  "javascript:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,x",
  "blob:http://localhost:3000/x",
  "http://[",
  "http://localhost:3000@evil.example/",
  "http://localhost:3000.evil.example/",
  "http://evil.example\\@localhost:3000/",
  "http://somebody:secret@localhost:3000/",
  "http://localhost:3001/",
  "https://localhost:3000/",
])("%j leads home", (wanted) => {
  expect(ownAddress(wanted, BASE)).toBe(`${BASE}/`);
});

test.each(["/.//evil.example", "/..//evil.example", "/%2e//evil.example", "/x/..//evil.example"])(
  "%j stays here, because the whole address is followed and not its path",
  (wanted) => {
    const followed = new URL(ownAddress(wanted, BASE), BASE);
    expect(followed.origin).toBe(BASE);
  },
);

test("whatever is wanted, a browser that follows it stays on this origin", () => {
  const piece = fc.constantFrom(
    ...["/", "\\", "\t", "\n", "\r", "//", "@", ":", "?", "#", ".", "%09", "%2f", "%5c", " ", "\0"],
    ...["http:", "https:", "javascript:", "evil.example", "localhost:3000", "x"],
  );
  const wanted = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(wanted, (text) => {
      const address = ownAddress(text, BASE);
      expect(new URL(address).origin).toBe(BASE);
      expect(address.startsWith(`${BASE}/`)).toBe(true);
    }),
  );
});

test("the page that was asked for is what signing in leads back to", () => {
  expect(signInAddress("/services?owner=me")).toBe("/sign-in?next=%2Fservices%3Fowner%3Dme");
  expect(signInAddress("/")).toBe("/sign-in");
  expect(signInAddress(null)).toBe("/sign-in");
});
