import { Problem } from "@/lib/contracts/problem";
import { isProcessType, MOST_TYPES, type ReleaseProcess } from "@/lib/contracts/process-type";
import { ProcessTexts } from "../setting-shapes";
import { byItsManager, type Plan } from "./plan";

/** A process type without a port, as a release runs it. Commands are as their author typed them. */
export interface ProcessTypePlan extends ReleaseProcess {
  command: string;
  check: string | null;
  handover: "beside" | "stop-first";
  /** Null: the service's own limit. */
  memoryMb: number | null;
  cpus: number | null;
}

/** What a release runs besides `web`. */
export interface Processes {
  types: readonly ProcessTypePlan[];
  /** That of the Procfile. The setting `releaseCommand` comes before it. */
  releaseCommand: string | null;
  /** Types that were found and do not run: their `replicas` are 0, or their names cannot be used. */
  off: readonly string[];
  unusable: readonly string[];
  /** Types that do not run because the host's supervisor is of a version that cannot run them. */
  heldBack?: readonly ProcessTypePlan[];
}

/** The types of a Procfile run once each; the setting `processes` changes them, and adds others. */
export function processesOf(
  { settings }: { settings: unknown },
  { procfile, manager }: Partial<Pick<Plan, "procfile" | "manager">> = {},
): Processes {
  const { processes: chosen } = ProcessTexts.safeParse(settings).data ?? ProcessTexts.parse({});
  const found = Object.keys(procfile?.types ?? {});
  const names = [...new Set([...found.filter(isProcessType), ...Object.keys(chosen)])];
  const plans = names.map((type) => planOf(type, chosen[type], procfile?.types[type]));
  if (plans.length > MOST_TYPES)
    throw new Problem("settings-invalid", { params: { field: "processes" }, detail: `more than ${MOST_TYPES} types` });
  return {
    types: plans
      .filter(({ replicas }) => replicas > 0)
      .map((plan) => ({ ...plan, command: byItsManager(plan.command, manager) })),
    releaseCommand: byItsManager(procfile?.releaseCommand ?? null, manager),
    off: plans.filter(({ replicas }) => replicas === 0).map(({ type }) => type),
    unusable: found.filter((type) => !isProcessType(type)),
  };
}

type Chosen = ProcessTexts["processes"][string];

function planOf(type: string, chosen: Chosen | undefined, line: string | undefined): ProcessTypePlan {
  const { replicas = 1, check = null, handover = "beside", memoryMb = null, cpus = null } = chosen ?? {};
  const command = chosen?.command ?? line ?? "";
  if (command === "" && replicas > 0)
    throw new Problem("settings-invalid", {
      params: { field: `processes.${type}.command` },
      detail: `no command, and the Procfile has no line ${type}`,
    });
  return { type, replicas, command, check, handover, memoryMb, cpus };
}

/** "worker ×2, clock" */
export function typesInWords(types: readonly ReleaseProcess[]): string {
  return types.map(({ type, replicas }) => (replicas === 1 ? type : `${type} ×${replicas}`)).join(", ");
}
