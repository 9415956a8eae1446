import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { aLocalTarget } from "@/lib/engine/test-service";
import { asToken } from "@/lib/web/auth/test-callers";
import type { RouteHandler } from "@/lib/web/http/definition";
import { METHODS } from "@/lib/web/http/openapi";
import { call } from "@/lib/web/http/test-call";
import { ROUTES } from "./routes";

const RUNS = 12;
/** Deployments and checks are rate-limited; errors in a request must be reported before the limit ends it. */
const handlers = Object.entries(ROUTES).flatMap(([path, module]) =>
  METHODS.flatMap((method) => {
    const handler = (module as Partial<Record<string, RouteHandler>>)[method];
    return handler ? [{ key: `${method} ${path}`, method, path, handler }] : [];
  }),
);

let people: string[];
beforeAll(async () => {
  await aLocalTarget();
  people = [];
  for (let n = 0; n < 20; n++) people.push((await asToken(await aUser("admin"))).authorization ?? "");
});

/** Input that people and programs send by mistake, and that attackers send on purpose. */
const nasty = fc.oneof(
  fc.constantFrom(
    "",
    "\0",
    "\ud800",
    "__proto__",
    "constructor",
    "../../etc/passwd",
    "%00",
    "' OR 1=1 --",
    "x".repeat(5_000),
    "١٢٣",
    "-1",
    "1e999",
    "NaN",
  ),
  fc.string({ unit: "binary" }),
  fc.uuid(),
);
const names = fc.oneof(
  fc.constantFrom(
    "name",
    "service",
    "port",
    "source",
    "target",
    "driver",
    "settings",
    "environment",
    "health",
    "set",
    "unset",
    "releaseId",
  ),
  fc.constantFrom(
    "email",
    "role",
    "password",
    "expiresInDays",
    "disabled",
    "concurrency",
    "endpoint",
    "metadata",
    "id",
    "url",
    "droplet_id",
  ),
  fc.constantFrom(
    "service_path",
    "service_name",
    "service_port",
    "deployment_method",
    "environment_vars",
    "auto_register",
  ),
  nasty,
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    nasty,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(null, true, 2 ** 31, 2 ** 53, -0.5, "process", "folder", "member"),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(names, tie("any"), { maxKeys: 5 }),
  ),
})).any;
const body = fc.oneof(
  fc.dictionary(names, value, { maxKeys: 8 }).map((sent) => JSON.stringify(sent)),
  value.map((sent) => JSON.stringify(sent)),
  fc.string({ unit: "binary" }),
  fc.constant(`${"[".repeat(3_000)}${"]".repeat(3_000)}`),
  fc.constant('{"a":"\\ud800\\u0000"}'),
);
const query = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      "after",
      "limit",
      "service",
      "state",
      "search",
      "from",
      "releaseId",
      "tail",
      "phase",
      "actor",
      "days",
    ),
    nasty,
  ),
  nasty,
  { maxKeys: 4 },
);

test.each(handlers)("$key never fails by what it is sent", async ({ method, path, handler }) => {
  const names = [...path.matchAll(/\[(?:\.\.\.)?(\w+)\]/g)].map(([, name = ""]) => name);
  const request = fc.record({
    params: fc.tuple(...names.map(() => nasty)),
    query,
    body,
    key: fc.option(nasty),
    person: fc.nat(19),
  });
  await fc.assert(
    fc.asyncProperty(request, async (sent) => {
      const search = new URLSearchParams(
        Object.entries(sent.query).map(([name, text]) => [name.toWellFormed(), text.toWellFormed()]),
      );
      const headers: Record<string, string> = { authorization: people[sent.person] ?? "" };
      if (sent.key !== null && /^[\x20-\x7e]*$/.test(sent.key)) headers["idempotency-key"] = sent.key;
      const params = Object.fromEntries(names.map((name, n) => [name, sent.params[n] ?? ""]));
      const hasBody = method !== "GET" && method !== "DELETE";
      const {
        status,
        body: answered,
        response,
      } = await call(handler, {
        method,
        path: `${path}?${search}`,
        params,
        headers,
        ...(hasBody && { text: sent.body }),
      });
      await response.body?.cancel();
      expect(status, JSON.stringify(answered)).toBeLessThan(500);
      if (status >= 400)
        expect(answered).toMatchObject({ status, code: expect.any(String), requestId: expect.any(String) });
    }),
    { numRuns: RUNS },
  );
});
