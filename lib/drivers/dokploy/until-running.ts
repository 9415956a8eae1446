import { Problem } from "@/lib/contracts/problem";
import { lookAtTasks, type Watched } from "./look-at-tasks";
import { Pace } from "./pace";
import type { StackContext } from "./stack-phase";

/** What was put back runs again, with its own image. Throws service-exited or health-failed. */
export async function untilRunning(ctx: StackContext, watched: Watched, withinMs: number): Promise<void> {
  for (const pace = new Pace(); ; await pace.wait(ctx.signal)) {
    const { is, detail } = await lookAtTasks(ctx, watched);
    if (is !== "waiting") return;
    if (pace.elapsedMs > withinMs) throw new Problem("health-failed", { detail });
  }
}
