import type { ContainerInspectInfo } from "dockerode";
import { openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { HostPlace, HostUsage } from "../driver";
import controlGroups from "../usage/control-groups.sh" with { type: "text" };
import { figuresIn, groupFigures } from "../usage/figures";
import { isCommand } from "./commands";
import readFigures from "./figures.sh" with { type: "text" };
import { baseLabels, LABELS, withLabels } from "./names";

/**
 * Docker's own figures cost it two seconds for each container (`docker stats`). Its containers are control groups, which
 * one command reads in milliseconds; Docker only tells which processes and restarts are whose.
 */
export async function usage({ host, base }: HostPlace, signal: AbortSignal): Promise<HostUsage> {
  const engine = await openEngine(host, { patienceMs: 0 });
  const filters = { ...withLabels(baseLabels({ base })), status: ["running"] };
  const listed = await engine.listContainers({ filters, abortSignal: signal });
  const inspected = await Promise.all(
    listed
      .filter((found) => !isCommand(found))
      .map(({ Id }) => unless([404], engine.getContainer(Id).inspect({ abortSignal: signal }))),
  );
  const running = inspected.filter((found) => found?.State.Running) as ContainerInspectInfo[];
  const args = running.flatMap(({ Id, State }) => [String(State.Pid), Id]);
  const printed = figuresIn(
    await host.run({ args: ["sh", "-c", controlGroups + readFigures, "sh", ...args] }, { signal }),
  );
  const found = new Map(printed.lines.map(([id, cpu, memory]) => [id, groupFigures(cpu, memory)]));
  return {
    uptimeMs: printed.uptimeMs,
    releases: running.flatMap(({ Id, Config: { Labels }, State, RestartCount }) => {
      const figures = found.get(Id);
      const [serviceName = "", releaseId = ""] = [Labels[LABELS.service], Labels[LABELS.release]];
      const run = `${Id.slice(0, 12)} ${State.StartedAt}`;
      return figures ? [{ serviceName, releaseId, run, ...figures, restarts: RestartCount }] : [];
    }),
  };
}
