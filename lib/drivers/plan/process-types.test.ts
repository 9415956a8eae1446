import { expect, test } from "vitest";
import type { Procfile } from "./plan";
import { processesOf, typesInWords } from "./process-types";

const PROCFILE: Procfile = {
  types: { worker: "node w.js", clock: "node c.js", "odd/name": "x" },
  releaseCommand: "migrate",
};
const of = (processes: object, procfile = PROCFILE) => processesOf({ settings: { processes } }, { procfile });

test("the types of a Procfile run once each", () => {
  const { types, off, unusable, releaseCommand } = of({});
  expect(types.map(({ type, command, replicas }) => [type, command, replicas])).toEqual([
    ["worker", "node w.js", 1],
    ["clock", "node c.js", 1],
  ]);
  expect({ off, unusable, releaseCommand }).toEqual({ off: [], unusable: ["odd/name"], releaseCommand: "migrate" });
  expect(processesOf({ settings: {} })).toMatchObject({ types: [], releaseCommand: null });
});

test("a command for the source's package manager is run by the one that installs", () => {
  const manager = { name: "bun", command: "npx --yes bun@1" };
  const procfile = { types: { worker: "bun w.ts" }, releaseCommand: "bun run migrate" };
  const { types, releaseCommand } = processesOf({ settings: {} }, { procfile, manager });
  expect(types.map(({ command }) => command)).toEqual(["npx --yes bun@1 w.ts"]);
  expect(releaseCommand).toBe("npx --yes bun@1 run migrate");
});

test("settings change them, turn them off, and add others", () => {
  const { types, off } = of({
    worker: { replicas: 3, check: "ping", memoryMb: 64 },
    clock: { replicas: 0 },
    mail: { command: "node m.js", handover: "stop-first" },
  });
  expect(types).toEqual([
    { type: "worker", command: "node w.js", check: "ping", replicas: 3, handover: "beside", memoryMb: 64, cpus: null },
    {
      type: "mail",
      command: "node m.js",
      check: null,
      replicas: 1,
      handover: "stop-first",
      memoryMb: null,
      cpus: null,
    },
  ]);
  expect(off).toEqual(["clock"]);
  expect(typesInWords(types)).toBe("worker ×3, mail");
});

test("a type without a command, and more types than a service may have, are refused", () => {
  expect(() => of({ mail: {} })).toThrow(expect.objectContaining({ params: { field: "processes.mail.command" } }));
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, number) => [`t${number}`, "x"]));
  expect(() => of({}, { types: many, releaseCommand: "" })).toThrow(
    expect.objectContaining({ params: { field: "processes" } }),
  );
});
