import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { SEALED_COLUMNS } from "./reseal";

test("the list has every column of the schema whose name says that it is sealed", async () => {
  const schema = await readFile("prisma/schema.prisma", "utf8");
  const found = [...schema.matchAll(/^model \w+ \{\n(.*?)^\}/gms)].flatMap(([, model = ""]) => {
    const table = /@@map\("(\w+)"\)/.exec(model)?.[1];
    const fields = [...model.matchAll(/^ {2}(sealed\w*)\s+String.*$/gm)];
    return fields.map(([line, field]) => ({ table, column: /@map\("(\w+)"\)/.exec(line)?.[1] ?? field }));
  });
  expect(SEALED_COLUMNS).toEqual(expect.arrayContaining(found));
  expect(found).toHaveLength(SEALED_COLUMNS.length);
});
