import * as z from "zod";
import { NewTemplate, TemplateView } from "@/lib/contracts/template";
import { createTemplate, findMoreWrongInNewTemplate } from "@/lib/services/templates/template-commands";
import { listTemplates } from "@/lib/services/templates/template-store";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List templates",
    description:
      "The one a stack is made from when nobody said comes first. Of environments the names, never the values.",
    permission: "template:read",
    response: z.object({ items: z.array(TemplateView) }),
  },
  async () => ({ items: await listTemplates() }),
);

export const POST = route(
  {
    summary: "Add a template",
    permission: "template:write",
    idempotent: true,
    body: NewTemplate,
    findMoreWrong: findMoreWrongInNewTemplate,
    response: TemplateView,
    status: 201,
    problems: ["name-taken"],
  },
  async ({ actor, body, idempotency }) => {
    const template = await createTemplate(body, actor, idempotency);
    return answer(template, { headers: { location: `/api/templates/${template.name}` } });
  },
);
