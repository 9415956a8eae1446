/* The states of a deployment and the moves between them. Separate from the shapes, so that pages need no zod. */

export const DEPLOYMENT_STATES = ["queued", "running", "undoing", "succeeded", "failed", "cancelled", "stuck"] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

/** The allowed moves. A move is a conditional update: it does nothing when the state has already changed. */
export const MOVES: Record<DeploymentState, readonly DeploymentState[]> = {
  queued: ["running", "cancelled"],
  running: ["succeeded", "undoing"],
  undoing: ["failed", "cancelled", "stuck"],
  stuck: ["undoing"],
  succeeded: [],
  failed: [],
  cancelled: [],
};

/** The states that may move to this one. */
export function statesBefore(state: DeploymentState): DeploymentState[] {
  return DEPLOYMENT_STATES.filter((from) => MOVES[from].includes(state));
}

export const DEPLOYMENT_KINDS = ["deploy", "rollback", "removal"] as const;
export type DeploymentKind = (typeof DEPLOYMENT_KINDS)[number];

export function isFinished(state: DeploymentState): boolean {
  return MOVES[state].length === 0 || state === "stuck";
}

/** The actions a page offers for a deployment: a pure function of its state, the same in browser and server. */
export function allowedOn(deployment: {
  state: DeploymentState;
  kind: DeploymentKind;
  cancelRequestedAt: string | Date | null;
}) {
  return {
    cancel: (deployment.state === "queued" || deployment.state === "running") && deployment.cancelRequestedAt === null,
    retryUndo: deployment.state === "stuck",
    redeploy: isFinished(deployment.state) && deployment.state !== "stuck" && deployment.kind !== "removal",
    follow: !isFinished(deployment.state),
  };
}
