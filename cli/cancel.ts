import { DeploymentSummary, DeploymentView } from "@/lib/contracts/deployment";
import { pageOf } from "@/lib/contracts/page";
import { say } from "../scripts/screen.mjs";
import { type Call, type Command, JSON_OPTION, SERVICE_OPTION } from "./arguments";
import { EXIT, type ExitCode, Failure } from "./failure";
import { serviceNameOf } from "./service-file";
import { printJson } from "./terminal";

export const cancelCommand: Command = {
  name: "cancel",
  summary: "Cancel the deployment that is queued or running",
  options: {
    ...SERVICE_OPTION,
    deployment: {
      short: "d",
      value: "number",
      names: "deployments",
      summary: "Which deployment; when absent, the newest",
    },
    ...JSON_OPTION,
  },
  run: cancel,
};

const UNDER_WAY = new Set(["queued", "running"]);

async function cancel(call: Call): Promise<ExitCode> {
  const name = await serviceNameOf(call);
  const asked = call.text("deployment")?.replace(/^#/, "");
  const console = await call.console();
  const { items } = await console.get(`/api/services/${name}/history?limit=100`, pageOf(DeploymentSummary));
  const found = items.find(({ number, state }) => (asked ? String(number) === asked : UNDER_WAY.has(state)));
  if (!found)
    throw new Failure(asked ? `${name} has no deployment #${asked}.` : `No deployment of ${name} is under way.`);
  const cancelled = await console.post(`/api/deployments/${found.id}/cancel`, DeploymentView, {});
  if (call.flag("json")) printJson(cancelled);
  const { number, state } = cancelled;
  say(
    state === "cancelled"
      ? `${name} #${number} was cancelled.`
      : `Cancelling ${name} #${number}: its changes are reverted.`,
  );
  return EXIT.done;
}
