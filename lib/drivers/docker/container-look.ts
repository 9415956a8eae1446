import type { ContainerInspectInfo } from "dockerode";
import type { Binding, ReleaseStatus } from "../runner";
import { LABELS } from "./names";

/** The engine's word for it, and ours. */
export function lookOf(container: ContainerInspectInfo): ReleaseStatus {
  const { Config, State, RestartCount, NetworkSettings, HostConfig } = container;
  const binding = bindingOf(Config.Labels);
  const [address] = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  const isRunning = State.Running && !State.Restarting;
  const hasEnded = State.Status === "exited" || State.Status === "dead";
  return {
    releaseId: Config.Labels[LABELS.release] ?? "",
    binding,
    listensAt: address ? { host: address, port: Number(Config.Labels[LABELS.port]) } : binding,
    running: isRunning,
    exited: hasEnded ? { exitCode: State.ExitCode, signal: endOf(State, HostConfig.Memory) } : null,
    restarts: RestartCount,
    since: isRunning ? new Date(State.StartedAt).toISOString() : null,
    isKept: HostConfig.RestartPolicy?.Name !== "no",
    runsFrom: container.Image,
  };
}

function bindingOf(labels: Record<string, string>): Binding {
  const text = labels[LABELS.binding] ?? "";
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

/** An exit code of 137 says KILL and not by whom. */
function endOf({ OOMKilled }: ContainerInspectInfo["State"], memory: number | undefined): string | null {
  if (!OOMKilled) return null;
  return memory
    ? `killed: it needed more than its ${Math.round(memory / 1024 / 1024)} MB of memory`
    : "killed: out of memory";
}
