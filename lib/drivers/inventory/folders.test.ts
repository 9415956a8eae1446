import { expect, test } from "vitest";
import { serviceFoldersIn } from "./folders";

const ID = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21";
const listing = (...lines: string[]) => lines.map((line) => `${line}\0`).join("");

test("a service's folder, its releases and its data", () => {
  const found = serviceFoldersIn(
    listing("d web/releases", `d web/releases/${ID}`, "d web/volumes", "d web/volumes/uploads", "f web/serving.json"),
  );
  expect(found).toEqual([{ serviceName: "web", releaseIds: [ID], volumes: ["uploads"], isOwn: true }]);
});

test.each([
  ["a folder with something in it that is not ours", ["d shop/releases", "f shop/notes.txt"]],
  ["a folder of somebody else", ["d shop/src", "d shop/src/index.js"]],
  ["one with nothing but data", ["d shop/volumes", "d shop/volumes/db"]],
])("%s is not ours to take away", (_, lines) => {
  expect(serviceFoldersIn(listing(...lines)).map(({ isOwn }) => isOwn)).toEqual([false]);
});

test("names that no service has, and what only looks like a release, are nobody's", () => {
  const lines = ["d .edge/live", "d Web/releases", "d web/releases", "d web/releases/current", "f web/releases/019a"];
  expect(serviceFoldersIn(listing(...lines))).toEqual([
    { serviceName: "web", releaseIds: [], volumes: [], isOwn: true },
  ]);
  expect(serviceFoldersIn("")).toEqual([]);
});

test("a name with a line end cannot pass for another one", () => {
  expect(serviceFoldersIn(listing("d evil\nweb/releases"))).toEqual([]);
});
