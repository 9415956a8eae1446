import type { DeploymentState, DeploymentView } from "@/lib/contracts/deployment";
import type { Api } from "./api";
import { followEvents, type ReceivedEvent } from "./follow-events";

export interface Finished {
  view: DeploymentView;
  events: ReceivedEvent[];
  /** When the event of its last state arrived. */
  finishedMs: number;
}

/** Follows a deployment to its end, which must be the expected one: otherwise the figure would be meaningless. */
export async function finishDeployment(
  api: Api,
  { id }: { id: string },
  expected: DeploymentState = "succeeded",
): Promise<Finished> {
  const events: ReceivedEvent[] = [];
  await followEvents(api, id, (event) => events.push(event));
  const view = await api.deployment(id);
  if (view.state !== expected) {
    throw new Error(
      `deployment ${id} of ${view.service.name} ended ${view.state}, not ${expected}: ${JSON.stringify(view.problem)}`,
    );
  }
  return { view, events, finishedMs: events.at(-1)?.receivedMs ?? Number.NaN };
}
