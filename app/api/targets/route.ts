import * as z from "zod";
import { NewTarget, TargetView } from "@/lib/contracts/target";
import { createTarget } from "@/lib/targets/target-commands";
import { listTargets } from "@/lib/targets/target-store";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List targets",
    description: "Each with the number of its services and the result of its last check.",
    permission: "target:read",
    tool: { name: "list_targets" },
    response: z.object({ items: z.array(TargetView) }),
  },
  async ({ actor }) => ({ items: await listTargets(actor) }),
);

export const POST = route(
  {
    summary: "Add a server over SSH, or a Dokploy server",
    description:
      "A server over SSH (the default `kind`) must show the host key that was confirmed (`POST /api/targets/host-key`). `lastCheck` " +
      "says whether signing in works. Keys are stored encrypted and never returned.",
    permission: "target:write",
    rateLimit: "check",
    idempotent: true,
    body: NewTarget,
    response: TargetView,
    status: 201,
    problems: ["name-taken", "host-unreachable", "host-key-changed", "ssh-auth-failed"],
  },
  async ({ actor, body, idempotency }) => {
    const target = await createTarget(body, actor, idempotency);
    return answer(target, { headers: { location: `/api/targets/${target.name}` } });
  },
);
