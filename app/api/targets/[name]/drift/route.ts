import * as z from "zod";
import { TargetDrift } from "@/lib/contracts/drift";
import { ServiceName } from "@/lib/contracts/service";
import { readTargetDrift, requestDriftCheck } from "@/lib/engine/reconcile/target-drift";
import { route } from "@/lib/web/http/route";

const params = z.object({ name: ServiceName });

export const GET = route(
  {
    summary: "Get the desired and actual state of a target",
    description: "The result of the newest background check, for services that the caller may see.",
    permission: "target:read",
    tool: { name: "get_target_drift" },
    params,
    response: TargetDrift,
  },
  async ({ actor, params: { name } }) => readTargetDrift(name, actor),
);

export const POST = route(
  {
    summary: "Compare the desired and actual state now",
    description:
      "A worker that reaches the target compares within seconds; `requestedAt` is set until then. Services that were given up are tried once more.",
    permission: "target:write",
    tool: { name: "check_target_drift" },
    params,
    response: TargetDrift,
    status: 202,
    problems: ["target-disabled"],
  },
  async ({ actor, params: { name } }) => requestDriftCheck(name, actor),
);
