import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type NamedKind, RESERVED_NAMES } from "./reserved-names";
import { NewService } from "./service";

const KINDS = Object.keys(RESERVED_NAMES) as NamedKind[];
/** Folders whose routes have a name in their address. */
const PLACES = ["app/(console)", "app/api"];

test.each(KINDS)("whatever stands beside [name] of %s is a reserved name, and nothing else is", (kind) => {
  const beside = PLACES.flatMap((place) => {
    const folder = join(place, kind);
    const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
    const hasNames = entries.some(({ name }) => name.startsWith("["));
    return hasNames ? entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("[")) : [];
  });
  expect([...new Set(beside.map(({ name }) => name))].toSorted()).toEqual([...RESERVED_NAMES[kind]].toSorted());
});

test("a new service cannot have one", () => {
  expect(NewService.shape.name.safeParse("new").error?.issues[0]?.message).toBe("name-reserved");
  expect(NewService.shape.name.safeParse("news").success).toBe(true);
});
