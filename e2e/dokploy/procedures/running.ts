import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { applicationOf } from "../access";
import { ApiError } from "../api-error";
import { type Call, mutation, type Procedures, query } from "../procedure";
import { applicationView } from "../views";
import { id, number, present, text } from "./shapes";

const titled = z.object({ applicationId: id, title: text.optional(), description: text.optional() });
const USUAL_TITLE = { deploy: "Manual deployment", redeploy: "Rebuild deployment" };

/** Queues it with an empty answer: every error shows later. */
function enqueue(call: Call, type: "deploy" | "redeploy", input: z.output<typeof titled>): void {
  const { applicationId } = applicationOf(call, input.applicationId, "deploy");
  const { title, description } = input;
  call.server.queue.add({ applicationId, type, title: title || USUAL_TITLE[type], description: description ?? "" });
}

/** The answer is the application before the change. */
async function scale(call: Call, applicationId: string, isUp: boolean) {
  const { state, swarm, version } = call.server;
  const row = applicationOf(call, applicationId);
  const before = structuredClone(applicationView(state, row, version));
  const isThere = await swarm.scale(row.appName, isUp);
  // It waits until the swarm was stable for five seconds (seen on v0.30.2).
  if (!isUp) await sleep(call.server.stopMs);
  if (!isThere && isUp) throw new ApiError("INTERNAL_SERVER_ERROR", missingService(row.appName));
  row.applicationStatus = isUp ? "done" : "idle";
  return before;
}

const missingService = (appName: string) =>
  `Command execution failed: Command failed: docker service scale ${appName}=1 \n${appName}: Error response from daemon: service ${appName} not found\n`;

const output = z.object({
  applicationId: id,
  tail: number.min(1).max(10_000).default(100),
  since: text.regex(/^(all|\d+[smhd])$/).default("all"),
  search: text.regex(/^[a-zA-Z0-9 ._-]{0,500}$/).optional(),
});

function readOutput(call: Call, { applicationId, tail, search }: z.output<typeof output>): string {
  const { appName } = applicationOf(call, applicationId);
  const said = call.server.swarm.output(appName);
  if (said === undefined) throw new ApiError("INTERNAL_SERVER_ERROR", `No container or service found for: ${appName}`);
  const lines = said.split("\n").filter((line) => line.includes(search ?? ""));
  return lines.slice(-tail - 1).join("\n");
}

/** The procedures that run an application and report its state. */
export const runningProcedures: Procedures = {
  "application.deploy": mutation(titled, (input, call) => enqueue(call, "deploy", input)),
  "application.redeploy": mutation(titled, (input, call) => enqueue(call, "redeploy", input)),
  "application.stop": mutation(z.object({ applicationId: id }), ({ applicationId }, call) =>
    scale(call, applicationId, false),
  ),
  "application.start": mutation(z.object({ applicationId: id }), ({ applicationId }, call) =>
    scale(call, applicationId, true),
  ),
  "application.reload": mutation(z.object({ applicationId: id, appName: present }), async ({ applicationId }, call) => {
    const row = applicationOf(call, applicationId, "reload");
    const service = call.server.swarm.services.get(row.appName);
    if (service) await call.server.swarm.apply({ ...service.spec });
    row.applicationStatus = "done";
    return true;
  }),
  "application.cancelDeployment": mutation(z.object({ applicationId: id }), ({ applicationId }, call) => {
    applicationOf(call, applicationId);
    throw new ApiError("BAD_REQUEST", "Deployment cancellation only available in cloud version");
  }),
  /** Drops waiting jobs; the running one continues. */
  "application.cleanQueues": mutation(z.object({ applicationId: id }), ({ applicationId }, call) => {
    call.server.queue.dropWaiting(applicationOf(call, applicationId, "clean").applicationId);
  }),
  "application.readLogs": query(output, (input, call) => readOutput(call, input)),
};
