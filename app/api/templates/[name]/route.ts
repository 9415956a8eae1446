import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { ServiceName } from "@/lib/contracts/service";
import { TemplateChange, TemplateView } from "@/lib/contracts/template";
import { changeTemplate, findMoreWrongInTemplate, removeTemplate } from "@/lib/services/templates/template-commands";
import { findTemplateView } from "@/lib/services/templates/template-store";
import { route } from "@/lib/web/http/route";

const params = z.object({ name: ServiceName });

export const GET = route(
  { summary: "One template", permission: "template:read", params, response: TemplateView },
  async ({ params: { name } }) => {
    const template = await findTemplateView({ name });
    if (!template) throw new Problem("not-found");
    return template;
  },
);

export const PATCH = route(
  {
    summary: "Change a template",
    description: "What is absent stays. Its stacks take the change up with their next deployment.",
    permission: "template:write",
    params,
    body: TemplateChange,
    findMoreWrong: findMoreWrongInTemplate,
    response: TemplateView,
    problems: ["read-only"],
  },
  async ({ actor, params: { name }, body }) => changeTemplate(name, body, actor),
);

export const DELETE = route(
  {
    summary: "Remove a template that no stack lives by",
    permission: "template:write",
    params,
    problems: ["read-only", "template-in-use"],
  },
  async ({ actor, params: { name } }) => removeTemplate(name, actor),
);
