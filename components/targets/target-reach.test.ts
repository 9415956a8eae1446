import { expect, test } from "vitest";
import { TargetCheck } from "@/lib/contracts/target";
import { reachOfTarget } from "./target-reach";

const check = TargetCheck.parse({ ok: true, tools: {}, problem: null });

test.each([
  [null, null, "unchecked"],
  [null, check, "reachable"],
  [null, { ...check, ok: false }, "unreachable"],
  [null, { ...check, ok: false, problem: { code: "host-key-unconfirmed", params: {} } } as const, "unconfirmed"],
  ["2026-11-20T12:00:00Z", check, "disabled"],
])("disabled at %s with check %j is %3$s", (disabledAt, lastCheck, reach) => {
  expect(reachOfTarget({ disabledAt, lastCheck })).toBe(reach);
});
