import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { ServiceName } from "@/lib/contracts/service";
import { TargetChange, TargetRemoved, TargetView } from "@/lib/contracts/target";
import { changeTarget, removeTarget } from "@/lib/targets/target-commands";
import { findTarget } from "@/lib/targets/target-store";
import { route } from "@/lib/web/http/route";

const params = z.object({ name: ServiceName });

export const GET = route(
  { summary: "Get a target", permission: "target:read", tool: { name: "get_target" }, params, response: TargetView },
  async ({ actor, params: { name } }) => {
    const target = await findTarget(name, actor);
    if (!target) throw new Problem("not-found");
    return target;
  },
);

export const PATCH = route(
  {
    summary: "Change a target",
    description:
      "Absent fields and keys stay unchanged. Read-only targets accept only `concurrency`, `disabled`, `grants` and a newly confirmed " +
      "`hostKey`. At another address, a server over SSH must show the confirmed key. Each kind has its own fields.",
    permission: "target:write",
    params,
    body: TargetChange,
    response: TargetView,
    problems: ["read-only", "name-taken", "target-in-use", "host-unreachable", "host-key-changed", "ssh-auth-failed"],
  },
  async ({ actor, params: { name }, body }) => changeTarget(name, body, actor),
);

export const DELETE = route(
  {
    summary: "Remove a target without services",
    description:
      "Its name stays in the history of deployments; its address and keys are deleted. What its services shared on a server " +
      "(Landfall's own Caddy, its supervisor, its folder) is removed as well; `left` says why it could not be.",
    permission: "target:write",
    params,
    response: TargetRemoved,
    problems: ["read-only", "target-in-use"],
  },
  async ({ actor, params: { name } }) => removeTarget(name, actor),
);
