import { expect, onTestFinished, test, vi } from "vitest";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import type { Json, NamedPhase, PhaseContext } from "@/lib/drivers/driver";
import { type Bracket, HandedOver, type PipelineJournal, runPipeline, undoPipeline } from "./pipeline";

const KEYS = ["validation", "transfer", "build", "start", "verify", "register"] as const satisfies PhaseKey[];

test("a deployment that works runs every phase once, in order", async () => {
  const { journal, story } = storyJournal();
  expect(await runPipeline(sixPhases(story), journal, bracket)).toBe("succeeded");
  expect(story).toEqual(["validation", "transfer", "build", "start", "verify", "register"]);
});

test("a failed health check puts everything back, newest first", async () => {
  const { journal, story } = storyJournal();
  const phases = sixPhases(story, { verify: { run: fails("health-failed") } });
  expect(await runPipeline(phases, journal, bracket)).toBe("undone");
  expect(story).toEqual([
    "validation",
    "transfer",
    "build",
    "start",
    "verify failed: health-failed",
    "undoing",
    "undo verify",
    "undo start",
    "undo build",
    "undo transfer",
  ]);
});

test("what comes after the proof that it serves is a warning", async () => {
  const { journal, story } = storyJournal();
  const phases = sixPhases(story, { register: { run: fails("registration-failed"), onFailure: "warn" } });
  expect(await runPipeline(phases, journal, bracket)).toBe("succeeded");
  expect(story.slice(-2)).toEqual(["register failed: registration-failed", "warned: registration-failed"]);
});

test("an undo that fails does not stop the others, and a person must look", async () => {
  const { journal, story } = storyJournal();
  const phases = sixPhases(story, {
    start: { run: fails("start-failed") },
    build: { undo: fails("disk-full") },
  });
  expect(await runPipeline(phases, journal, bracket)).toBe("stuck");
  expect(story.slice(-4)).toEqual(["undoing", "undo start", "undo build failed: undo-failed", "undo transfer"]);
});

test("a take-over skips what has ended and repeats what is safe to repeat", async () => {
  const { journal, story } = storyJournal({ validation: "succeeded", transfer: "skipped", build: "running" });
  expect(await runPipeline(sixPhases(story), journal, bracket)).toBe("succeeded");
  expect(story).toEqual(["build", "start", "verify", "register"]);
});

test("a take-over in a phase that must not be repeated is undone from the receipts", async () => {
  const { journal, story } = storyJournal({ validation: "succeeded", transfer: "succeeded", build: "running" });
  const phases = sixPhases(story, { build: { repeatable: false } });
  expect(await runPipeline(phases, journal, bracket)).toBe("undone");
  expect(story).toEqual(["build failed: worker-lost", "undoing", "undo build", "undo transfer"]);
});

test("an undo that was interrupted goes on where it was", async () => {
  const { journal, story } = storyJournal({
    validation: "succeeded",
    transfer: "succeeded",
    build: "undone",
    start: "failed",
  });
  expect(await undoPipeline(sixPhases(story), journal, bracket)).toBe("undone");
  expect(story).toEqual(["undo start", "undo transfer"]);
});

test("a run that is handed over undoes nothing", async () => {
  const { journal, story } = storyJournal();
  const handOver = async () => {
    throw new HandedOver();
  };
  const phases = sixPhases(story, { build: { run: handOver } });
  await expect(runPipeline(phases, journal, bracket)).rejects.toBeInstanceOf(HandedOver);
  expect(story).toEqual(["validation", "transfer"]);
});

test("an error nobody foresaw is undone as well, and its text is kept from people", async () => {
  const { journal, story } = storyJournal();
  const breaks = async () => {
    throw new Error("password=hunter2");
  };
  expect(await runPipeline(sixPhases(story, { transfer: { run: breaks } }), journal, bracket)).toBe("undone");
  expect(story.join()).toContain("transfer failed: internal");
  expect(story.join()).not.toContain("hunter2");
});

test("a phase whose connection was lost is run again, and so is its undo", async () => {
  const { journal, story } = storyJournal();
  const lost = (name: string, codes: ProblemCode[], then?: ProblemCode) => async () => {
    story.push(name);
    const code = codes.shift() ?? then;
    if (code) throw new Problem(code);
  };
  const phases = sixPhases(story, {
    transfer: { run: lost("transfer", ["host-lost", "host-unreachable"]) as NamedPhase["run"] },
    build: {
      run: lost("build", ["host-lost"], "build-failed") as NamedPhase["run"],
      undo: lost("take back build", ["host-unreachable", "host-lost"]),
    },
  });
  expect(await runPipeline(phases, journal, bracket)).toBe("undone");
  const times = (name: string) => story.filter((line) => line === name).length;
  expect([times("transfer"), times("build"), times("take back build")]).toEqual([3, 2, 3]);
  expect(story).toContain("build failed: build-failed");
});

test("a host that never answered is not waited for, and what must not be repeated is not", async () => {
  const { journal, story } = storyJournal();
  const unreachable = sixPhases(story, { validation: { run: fails("host-unreachable") } });
  expect(await runPipeline(unreachable, journal, bracket)).toBe("undone");
  const once = storyJournal();
  const phases = sixPhases(once.story, { build: { run: fails("host-lost"), repeatable: false } });
  expect(await runPipeline(phases, once.journal, bracket)).toBe("undone");
  expect(once.story).toContain("build failed: host-lost");
});

test("a host that drops packets is waited for as long as one that refuses, and not fifteen times its silence", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const { journal, story } = storyJournal();
  let tries = 0;
  const silent = async () => {
    tries += 1;
    await vi.advanceTimersByTimeAsync(15_000);
    throw new Problem(tries === 1 ? "host-lost" : "host-unreachable");
  };
  const ended = runPipeline(sixPhases(story, { verify: { run: silent } }), journal, bracket);
  for (let seconds = 0; seconds < 60; seconds += 1) await vi.advanceTimersByTimeAsync(1_000);
  expect(await ended).toBe("undone");
  expect(tries).toBeGreaterThan(4);
  expect(tries).toBeLessThan(8);
});

const bracket: Bracket = (_phase, _doing, work) =>
  work({ signal: new AbortController().signal, log: () => {} } as unknown as PhaseContext);

function fails(code: ProblemCode) {
  return async (): Promise<never> => {
    throw new Problem(code);
  };
}

function sixPhases(story: string[], changes: Partial<Record<PhaseKey, Partial<NamedPhase>>> = {}): NamedPhase[] {
  return KEYS.map((key) => ({
    key,
    repeatable: true,
    run: async () => {
      story.push(key);
      return undefined;
    },
    ...(key === "validation" || key === "register" ? {} : { undo: async () => {} }),
    ...changes[key],
  }));
}

/** Keeps statuses as the real journal does, and records what happened in words. */
function storyJournal(statuses: Partial<Record<PhaseKey, PhaseStatus>> = {}) {
  const story: string[] = [];
  const now = new Map<PhaseKey, PhaseStatus>(Object.entries(statuses) as [PhaseKey, PhaseStatus][]);
  const journal: PipelineJournal = {
    statusOf: (phase) => now.get(phase) ?? "pending",
    receiptOf: (): Json | undefined => undefined,
    started: async (phase) => void now.set(phase, "running"),
    finished: (phase) => void now.set(phase, "succeeded"),
    failed: (phase, problem) => {
      now.set(phase, "failed");
      story.push(`${phase} failed: ${problem.code}`);
    },
    warned: (problem) => void story.push(`warned: ${problem.code}`),
    undoing: async () => void story.push("undoing"),
    undone: async (phase, _ms, problem) => {
      if (!problem) now.set(phase, "undone");
      story.push(problem ? `undo ${phase} failed: ${problem.code}` : `undo ${phase}`);
    },
  };
  return { journal, story };
}
