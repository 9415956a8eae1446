import { beforeAll, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { asToken } from "@/lib/web/auth/test-callers";
import { call } from "@/lib/web/http/test-call";
import { GET } from "./route";

let actorId: string;
let reader: Record<string, string>;
beforeAll(async () => {
  const { id, name } = await aUser("member");
  actorId = id;
  reader = await asToken(await aUser("viewer"));
  for (let n = 0; n < 30; n++) {
    const subject = { type: "service", id: null, name: `s${n}` };
    await transaction((tx) => audit(tx, { id, name, role: "member" }, "service.create", subject, { n }));
  }
});

test("the trail is read page by page", async () => {
  const { body } = await call(GET, { path: `/api/audit?limit=20&actor=${actorId}`, headers: reader });
  expect(body.items).toHaveLength(20);
  const rest = await call(GET, { path: `/api/audit?limit=20&actor=${actorId}&after=${body.next}`, headers: reader });
  expect([rest.body.items.length, rest.body.next]).toEqual([10, null]);
});

test("the export is a file with a line for each", async () => {
  const { status, headers, text } = await call(GET, {
    path: `/api/audit?format=csv&actor=${actorId}`,
    headers: reader,
  });
  expect([status, headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
  expect(headers.get("content-disposition")).toContain("landfall-audit.csv");
  expect(text.trim().split("\r\n")).toHaveLength(31);
});

test.each(["actor=x", "from=yesterday", "unknown=1", "limit=0", "limit=1000", "after=1", "format=pdf"])(
  "?%s is a problem with its name",
  async (query) => {
    const { status, body } = await call(GET, { path: `/api/audit?${query}`, headers: reader });
    expect(status).toBe(400);
    expect(body.fields.map(({ path }: { path: string[] }) => path[0])).toEqual([query.split("=")[0]]);
  },
);
