import { endOf as shellEnd } from "@/lib/hosts/guarded-end";
import type { ServicePlace } from "../driver";
import type { Binding, ReleaseStatus } from "../runner";
import { ownerOfUnit } from "./names";

/** What `systemctl show` printed: a paragraph per unit, a property per line. */
export function looksIn(place: Pick<ServicePlace, "base" | "serviceName">, shown: string): ReleaseStatus[] {
  return shown.split("\n\n").flatMap((paragraph) => {
    const unit = propertiesIn(paragraph);
    const owner = ownerOfUnit(place, unit.Id ?? "");
    return owner?.serviceName === place.serviceName ? [lookOf(unit, owner.releaseId)] : [];
  });
}

type Properties = Record<string, string | undefined>;

function propertiesIn(paragraph: string): Properties {
  const lines = paragraph.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

function lookOf(unit: Properties, releaseId: string): ReleaseStatus {
  const binding = bindingIn(unit.Environment ?? "");
  const running = (unit.MainPID ?? "0") !== "0";
  const hasEnded = unit.SubState === "exited" || unit.ActiveState === "inactive" || unit.ActiveState === "failed";
  return {
    releaseId,
    binding,
    listensAt: { port: binding.port, host: loopbackOf(binding.host) },
    running,
    exited: !running && hasEnded ? endOf(unit) : null,
    restarts: Number(unit.NRestarts ?? 0),
    since: isoTime(unit.StateChangeTimestamp ?? ""),
  };
}

/** "HOST=127.0.0.1 PORT=20001", as the unit has it. */
function bindingIn(environment: string): Binding {
  const [, host = "127.0.0.1"] = /(?:^| )HOST=(\S+)/.exec(environment) ?? [];
  const [, port = "0"] = /(?:^| )PORT=(\d+)/.exec(environment) ?? [];
  return { host, port: Number(port) };
}

/** What listens on every interface is asked on this one. */
function loopbackOf(host: string): string {
  return { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
}

/** wait(2): how a process ended. */
const EXITED = "1";
const NEVER_STARTED = "0";

function endOf({ ExecMainCode, ExecMainStatus, Result }: Properties): NonNullable<ReleaseStatus["exited"]> {
  if (ExecMainCode === NEVER_STARTED) return { exitCode: null, signal: null };
  const status = Number(ExecMainStatus);
  // What was started is a shell, so a signal may arrive in its way of telling as well.
  const { exitCode, signal } = shellEnd(ExecMainCode === EXITED ? status : 128 + status, null);
  return { exitCode, signal: signal !== null && Result === "oom-kill" ? `${signal} (out of memory)` : signal };
}

/** From "Sat 2026-11-21 02:56:22 UTC". */
function isoTime(timestamp: string): string | null {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(timestamp) ?? [];
  return date === undefined ? null : `${date}T${time}.000Z`;
}
