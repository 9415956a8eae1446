import { z } from "zod";
import { Problem } from "@/lib/contracts/problem";
import { ServiceName } from "@/lib/contracts/service";
import { TargetChange, TargetView } from "@/lib/contracts/target";
import { route } from "@/lib/http/route";
import { changeTarget } from "@/lib/targets/change-target";
import { removeTarget } from "@/lib/targets/remove-target";
import { findTarget } from "@/lib/targets/target-store";

const params = z.object({ name: ServiceName });

export const GET = route(
  { summary: "One target", permission: "target:read", params, response: TargetView },
  async ({ params: { name } }) => {
    const target = await findTarget(name);
    if (!target) throw new Problem("not-found");
    return target;
  },
);

export const PATCH = route(
  {
    summary: "Change how much a target takes",
    description: "How many deployments may run there at once, and whether any may. Allowed on read-only targets too.",
    permission: "target:write",
    params,
    body: TargetChange,
    response: TargetView,
  },
  async ({ actor, params: { name }, body }) => changeTarget(name, body, actor),
);

export const DELETE = route(
  {
    summary: "Remove a target nothing was ever deployed to",
    description: "History says where things ran and is kept; a target that has some is disabled instead.",
    permission: "target:write",
    params,
    problems: ["read-only", "target-in-use"],
  },
  async ({ actor, params: { name } }) => {
    await removeTarget(name, actor);
    return undefined;
  },
);
