import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect } from "vitest";
import { db } from "@/lib/platform/db/client";
import { type Machine, test } from "./machine";
import type { TestedService } from "./service";

const SEED = Number(process.env.CRASH_SEED ?? randomInt(1_000_000));
/** About the duration of a redeploy here, so that every part of it is hit sooner or later. */
const LONGEST_WAIT_MS = 2_500;
/** The duration of every bad release; every good one has started by then. */
const START_UP = { portTimeoutMs: 20_000 };

/**
 * Kills the worker at a random moment of successive redeploys, on several machines concurrently. CRASH_SEED repeats the
 * moments of an earlier run.
 */
export function randomKills({ lanes, killsPerLane }: { lanes: number; killsPerLane: number }): void {
  describe.concurrent(`workers that die at random (CRASH_SEED=${SEED})`, () => {
    for (let lane = 0; lane < lanes; lane += 1) {
      test(`lane ${lane + 1}: after each of ${killsPerLane} kills the outcome is whole`, async ({ machine }) => {
        const random = randomNumbers(SEED + lane);
        let victim = await machine.aWorker();
        const service = await machine.aService({ name: "random", build: "sleep 0.3", health: START_UP });
        await service.serves("0");
        const visitor = service.aVisitor();
        for (let kill = 1; kill <= killsPerLane; kill += 1) {
          const isGood = random() < 0.6;
          await service.write(`${kill}`, { healthStatus: isGood ? 200 : 500 });
          const deployment = await service.deploy();
          await sleep(random() * LONGEST_WAIT_MS);
          await victim.killNine();
          victim = await machine.aWorker();
          expect((await deployment.ends()).state).toBe(isGood ? "succeeded" : "failed");
          await isWhole(machine, service);
        }
        expect((await visitor.leave()).failures).toEqual([]);
      });
    }
  });
}

async function isWhole(machine: Machine, service: TestedService): Promise<void> {
  const open = await db.phase.count({ where: { deployment: { serviceId: service.id }, status: "running" } });
  expect(open).toBe(0);
  await service.isTidy();
  await machine.runsNoCommands();
}

/** mulberry32: the same numbers for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
