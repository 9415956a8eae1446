import * as z from "zod";
import { EnvironmentChange, EnvironmentEntry, ServiceName } from "@/lib/contracts/service";
import { changeEnvironment } from "@/lib/services/environment-commands";
import { ownedEnvironment } from "@/lib/services/owned-service";
import { route } from "@/lib/web/http/route";

const params = z.object({ name: ServiceName });
const response = z.object({
  revision: z.int().nullable().describe("Null while there never was a variable"),
  variables: z.array(EnvironmentEntry),
});

export const GET = route(
  {
    summary: "Names of a service's environment variables",
    description: "Who changed which and when. Values are revealed one at a time.",
    permission: "environment:read",
    tool: { name: "list_environment", description: "Who changed which and when. Values are never shown." },
    params,
    response,
  },
  async ({ actor, params: { name } }) => ownedEnvironment(name, actor),
);

export const PATCH = route(
  {
    summary: "Change a service's environment",
    description: "`set` replaces or adds, `unset` removes, the rest stays. Takes effect at the next deployment.",
    permission: "environment:update",
    tool: { name: "change_environment", confirm: ({ name }) => name },
    params,
    body: EnvironmentChange,
    response,
    problems: ["made-by-template"],
  },
  async ({ actor, params: { name }, body }) => changeEnvironment(name, body, actor),
);
