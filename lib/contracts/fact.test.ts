import { expect, test } from "vitest";
import { applyEvent } from "./apply-event";
import type { DeploymentView, PhaseView } from "./deployment";
import { FACTS, type FactCode, fact, factValues, verbatim } from "./fact";
import { Fact, Facts } from "./fact-shape";

const formats = {
  text: (value: string) => `<${value}>`,
  bytes: (value: number) => `${value} bytes`,
  duration: (ms: number) => `${ms} ms`,
};

test("a fact is stored with whole numbers, and its values are written by their kinds", () => {
  const built = fact("image-built", { image: "shop:1", size: 1_000, took: 12.6 });
  expect(built).toEqual({ code: "image-built", params: { image: "shop:1", size: 1_000, took: 13 } });
  expect(factValues(built, formats)).toEqual({ image: "<shop:1>", size: "1000 bytes", took: "13 ms" });
  expect(factValues(fact("probed", { sent: 86, failed: 0 }), formats)).toEqual({ sent: 86, failed: 0 });
});

test.each(Object.keys(FACTS) as FactCode[])("%s survives being stored", (code) => {
  const params = Object.entries(FACTS[code]).map(([name, kind]) => [name, kind === "text" ? "a" : 7]);
  const stored = { code, params: Object.fromEntries(params) };
  expect(Fact.parse(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
});

test.each([
  null,
  undefined,
  "port 4100",
  [{ code: "of-a-newer-version", params: {} }],
  [verbatim("known"), { code: "port-free", params: {} }],
  [{ code: "port-free", params: { port: "4100" } }],
])("of %j there are no facts, so that the text beside them counts", (stored) => {
  expect(Facts.parse(stored)).toEqual([]);
});

test("an event changes a phase's text and its facts together", () => {
  const phase = { key: "build", detail: null, facts: [] as Fact[] } as PhaseView;
  const view = { lastEvent: 0, phases: [phase] } as unknown as DeploymentView;
  const told = { detail: "nothing to build", facts: [fact("nothing-to-build")] };
  const first = applyEvent(view, { number: 1, event: { type: "phase-progress", phase: "build", ...told } });
  expect(first.phases[0]).toMatchObject(told);
  const progress = { done: 1, total: 2, unit: "steps" as const };
  const silent = applyEvent(first, { number: 2, event: { type: "phase-progress", phase: "build", progress } });
  expect(silent.phases[0]).toMatchObject({ ...told, progress });
  const older = applyEvent(silent, { number: 3, event: { type: "phase-progress", phase: "build", detail: "make" } });
  expect(older.phases[0]).toMatchObject({ detail: "make", facts: [] });
});
