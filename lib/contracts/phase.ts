import { isPlatformDriver } from "./target-kind";

/**
 * Keys of every driver's phases, in the order they run. Translated titles are messages (`phases.<key>`); the English
 * titles below are also the wire names of the deployer API (design 6a).
 */
export const HOST_PHASES = ["validation", "transfer", "build", "start", "verify", "register"] as const;
export const REMOVAL_PHASES = ["stop", "deregister", "remove-files"] as const;
export const DOKPLOY_PHASES = [
  "initializing",
  "creating_project",
  "getting_environment",
  "creating_application",
  "configuring_application",
  "creating_domain",
  "deploying",
  "verifying_health",
  "completed",
] as const;

export const DOKPLOY_REMOVAL_PHASES = [
  "removing_domain",
  "removing_application",
  "removing_volume",
  "removing_project",
] as const;

export const PHASE_KEYS = [...HOST_PHASES, ...REMOVAL_PHASES, ...DOKPLOY_PHASES, ...DOKPLOY_REMOVAL_PHASES] as const;
export type PhaseKey = (typeof PHASE_KEYS)[number];

const ON_A_HOST = { forward: HOST_PHASES, removal: REMOVAL_PHASES };
const PLATFORM = { forward: DOKPLOY_PHASES, removal: DOKPLOY_REMOVAL_PHASES };

/**
 * The phases of a deployment, without loading any driver: their rows are created when it is requested. The driver
 * contract suite checks that each driver has exactly these.
 */
export function phaseKeysOf(driver: string, kind: "deploy" | "rollback" | "removal"): readonly PhaseKey[] {
  const { forward, removal } = isPlatformDriver(driver) ? PLATFORM : ON_A_HOST;
  return kind === "removal" ? removal : forward;
}

export const HOST_PHASE_TITLES: Record<(typeof HOST_PHASES)[number], string> = {
  validation: "Validation",
  transfer: "Transfer",
  build: "Build",
  start: "Start Service",
  verify: "Verify Health",
  register: "Register",
};

export const PHASE_STATUSES = ["pending", "running", "succeeded", "failed", "skipped", "undone"] as const;
export type PhaseStatus = (typeof PHASE_STATUSES)[number];
