import { expect, test } from "vitest";
import { Problem } from "@/lib/contracts/problem";
import { createMask } from "@/lib/platform/secrets/mask";
import { Secret } from "@/lib/platform/secrets/secret";
import { filesPhase } from "@/lib/self/phases/files";
import { startPhase } from "@/lib/self/phases/start";
import { switchPhase } from "@/lib/self/phases/take-over";
import { aRelease, TestInstallation } from "@/lib/self/test-installation";
import type { UpdatePhase } from "@/lib/self/update";
import { runUpdate } from "./run-update";
import { TerminalJournal } from "./terminal-journal";

const OLD = aRelease("0.1.0", "20261121-120000");
const failing: UpdatePhase = {
  key: "watch",
  title: "Watch",
  repeatable: true,
  run: async () => {
    throw new Problem("unstable-after-switch", { detail: "9 requests, 1 failed: hunter2" });
  },
};

test("a release that does not hold after the switch leaves everything as it was", async () => {
  const server = await new TestInstallation().serving(OLD, "blue");
  const files = new Map([...server.host.files].map(([name, { content }]) => [name, String(content)]));
  const phases = [filesPhase, startPhase, switchPhase, failing];
  const journal = new TerminalJournal(phases, createMask([new Secret("hunter2")]));
  const interruption = { signal: new AbortController().signal, hurry: new AbortController().signal };

  expect(await runUpdate(phases, { facts: server.context(), journal, interruption })).toBe("undone");
  expect(server.slots()).toEqual([`blue ${OLD.image}`]);
  expect(await server.installation.liveSlot()).toBe("blue");
  expect(new Map([...server.host.files].map(([name, { content }]) => [name, String(content)]))).toEqual(files);
  const said = journal.sentence(journal.cause ?? new Problem("internal"));
  expect(said).toMatch(/failed requests right after it got the traffic[\s\S]*9 requests, 1 failed: \*+$/);
});

test("Ctrl-C takes back what was begun", async () => {
  const server = await new TestInstallation().serving(OLD, "blue");
  const asked = new AbortController();
  const waiting: UpdatePhase = { ...failing, run: async () => asked.abort() as never };
  const never: UpdatePhase = { ...failing, key: "worker", run: async ({ signal }) => signal.throwIfAborted() as never };
  const phases = [filesPhase, startPhase, waiting, never];
  const journal = new TerminalJournal(phases, (text) => text);
  const interruption = { signal: asked.signal, hurry: new AbortController().signal };
  expect(await runUpdate(phases, { facts: server.context(), journal, interruption })).toBe("undone");
  expect(journal.cause?.detail).toBe("Interrupted.");
  expect(server.slots()).toEqual([`blue ${OLD.image}`]);
});
