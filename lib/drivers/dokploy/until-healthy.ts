import { Problem } from "@/lib/contracts/problem";
import { describeProbe } from "../probe";
import type { StackAnswer } from "./ask-stack";
import { lookAtTasks, type TaskLook, type Watched } from "./look-at-tasks";
import { Pace } from "./pace";
import type { StackContext } from "./stack-phase";
import type { StackProbes } from "./stack-probes";

export interface Healthy {
  look: TaskLook;
  answer: StackAnswer;
}

const OUTPUT_LINES = 50;

/**
 * Waits until the new containers run with the wanted image and the stack answers at its address. Throws service-exited,
 * health-failed or domain-unresolved.
 */
export async function untilHealthy(ctx: StackContext, watched: Watched, probes: StackProbes): Promise<Healthy> {
  const { portTimeoutMs, intervalMs } = probes.health;
  let answered: StackAnswer | null = null;
  for (const pace = new Pace(); ; await pace.wait(ctx.signal, intervalMs)) {
    const look = await lookAtTasks(ctx, watched);
    const answer = look.is === "waiting" ? null : await probes.ask();
    if (answer?.ok) return { look, answer };
    answered = answer ?? answered;
    ctx.progress({ detail: answer ? describeProbe(answer) : look.detail });
    if (pace.elapsedMs <= portTimeoutMs) continue;
    await logOutput(ctx, watched.applicationId);
    throw unhealthy(look, answered, probes);
  }
}

async function logOutput(ctx: StackContext, applicationId: string): Promise<void> {
  const output = await ctx.dokploy.readOutput(applicationId, { tail: OUTPUT_LINES }, ctx.signal);
  for (const line of (output ?? "").split("\n")) if (line.trim() !== "") ctx.log(line, "stdout");
}

function unhealthy(look: TaskLook, answer: StackAnswer | null, probes: StackProbes): Problem {
  const { portTimeoutMs } = probes.health;
  if (look.is === "waiting" || !answer)
    return new Problem("health-failed", { detail: look.detail, params: { timeoutMs: portTimeoutMs } });
  if (answer.isUnresolved) {
    const suffix = probes.host.split(".").slice(1).join(".");
    return new Problem("domain-unresolved", { params: { domain: probes.host, suffix } });
  }
  const params = { path: answer.path, ...(answer.status !== null && { status: answer.status }) };
  return new Problem("health-failed", { params, detail: `${probes.url}${answer.path}: ${describeProbe(answer)}` });
}
