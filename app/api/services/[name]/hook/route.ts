import * as z from "zod";
import { HookChange, HookView } from "@/lib/contracts/hook";
import { ServiceName } from "@/lib/contracts/service";
import { changeHook, readHook, removeHook, renewHook } from "@/lib/domain/hooks/hook-commands";
import { consoleOrigin } from "@/lib/web/auth/relying-party";
import { route } from "@/lib/web/http/route";

const params = z.object({ name: ServiceName });

export const GET = route(
  {
    summary: "A service's hook: what its Git server calls after a push",
    description: "With the secret that deliveries are signed with. The hook is created when it is first asked for.",
    permission: "service:update",
    params,
    response: HookView,
    problems: ["git-not-applicable"],
  },
  async ({ actor, params: { name }, request }) => readHook(name, actor, consoleOrigin(request.headers)),
);

export const POST = route(
  {
    summary: "Give a service's hook a new secret",
    description: "The secret before is no longer accepted. A hook that was removed is there again.",
    permission: "service:update",
    params,
    response: HookView,
    problems: ["git-not-applicable"],
  },
  async ({ actor, params: { name }, request }) => renewHook(name, actor, consoleOrigin(request.headers)),
);

export const PATCH = route(
  {
    summary: "Change which pushes a service's hook deploys",
    description:
      "While it is not enabled, deliveries are stored and deploy nothing. `paths` are patterns as in .gitignore: a push " +
      "deploys when it touches a path that one of them matches and none with `!` does. `statuses` is the API that the Git server takes commit statuses by.",
    permission: "service:update",
    params,
    body: HookChange,
    response: HookView,
    problems: ["git-not-applicable"],
  },
  async ({ actor, params: { name }, body, request }) => changeHook(name, body, actor, consoleOrigin(request.headers)),
);

export const DELETE = route(
  {
    summary: "Remove a service's hook",
    description: "Its address answers 404 until it has a new secret. The deliveries are kept.",
    permission: "service:update",
    params,
    problems: ["git-not-applicable"],
  },
  async ({ actor, params: { name }, request }) => removeHook(name, actor, consoleOrigin(request.headers)),
);
