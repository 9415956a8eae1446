import type { HostPlace, HostUsage, ReleaseUsage } from "../driver";
import { processOf } from "../runner";
import { figuresIn, type PrintedFigures } from "../usage/figures";
import { isCommand } from "./commands";
import figures from "./figures.sh" with { type: "text" };
import type { ServiceStatus } from "./supervisor/protocol";
import { askSupervisor } from "./supervisor-client";

/**
 * The figures of releases' processes, which have a control group only where they have limits. Memory that several of a
 * release's processes share is counted for each of them.
 */
export async function usage(place: HostPlace, signal: AbortSignal): Promise<HostUsage> {
  const services = (await askSupervisor(place))?.services ?? [];
  const sessions = services.flatMap(({ releases }) => releases.flatMap(({ pid }) => (pid === null ? [] : String(pid))));
  const printed = figuresIn(await place.host.run({ args: ["sh", "-c", figures, "sh", ...sessions] }, { signal }));
  return { uptimeMs: printed.uptimeMs, releases: usageIn(services, printed) };
}

export function usageIn(services: readonly ServiceStatus[], printed: PrintedFigures): ReleaseUsage[] {
  const [ticksPerSecond = 100, pageBytes = 4_096] = printed.constants;
  return services.flatMap(({ name, releases }) =>
    releases.flatMap(({ id, pid, restarts }): ReleaseUsage[] => {
      const processes = printed.lines.filter(([session]) => session === String(pid));
      if (isCommand(id) || processes.length === 0) return [];
      const sum = (column: number) => processes.reduce((total, words) => total + Number(words[column]), 0);
      return [
        {
          serviceName: name,
          releaseId: processOf(id)?.releaseId ?? id,
          run: String(pid),
          cpuMs: (sum(1) * 1_000) / ticksPerSecond,
          memoryBytes: sum(2) * pageBytes,
          restarts,
        },
      ];
    }),
  );
}
