import type { HealthProbe } from "@/lib/contracts/health-check";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { askOnce } from "./ask-once";
import { atServicePlace, findRunningService } from "./running-service";

/** "Test this check now": the running service's health path, asked once through its public port. Not an answer is an answer. */
export async function checkServiceHealth(serviceName: string, actor: Actor): Promise<HealthProbe> {
  const { name, running } = await findRunningService(serviceName, "service:read", actor);
  const { port, healthPath, requestTimeoutMs } = running;
  const probe = await atServicePlace(name, running.target, ({ host }) =>
    askOnce(host, { port, path: healthPath, timeoutMs: requestTimeoutMs }),
  );
  if (!probe) throw new Problem("host-unreachable", { params: { target: running.target.name } });
  return probe;
}
