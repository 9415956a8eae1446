import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { ServiceName } from "@/lib/contracts/service";
import { TargetChange, TargetRemoved, TargetView } from "@/lib/contracts/target";
import { changeTarget, removeTarget } from "@/lib/targets/target-commands";
import { findTarget } from "@/lib/targets/target-store";
import { route } from "@/lib/web/http/route";

const params = z.object({ name: ServiceName });

export const GET = route(
  { summary: "One target", permission: "target:read", params, response: TargetView },
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
      "What is absent stays, keys too. On read-only targets: how many deployments may run there at once, whether any may, and a " +
      "host key that was confirmed anew. Another address of a server over SSH must show the confirmed key. Each kind has its own fields.",
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
    summary: "Remove a target that no service lives on",
    description:
      "Its name stays in the history of what ran there; how it was reached, and its keys, are forgotten. What its services shared " +
      "on a server (Landfall's own Caddy, its supervisor, its folder) is removed there; `left` says why it could not be.",
    permission: "target:write",
    params,
    response: TargetRemoved,
    problems: ["read-only", "target-in-use"],
  },
  async ({ actor, params: { name } }) => removeTarget(name, actor),
);
