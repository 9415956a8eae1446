import * as z from "zod";
import { NewTemplate, TemplateView } from "@/lib/contracts/template";
import { answer } from "@/lib/http/answer";
import { route } from "@/lib/http/route";
import { createTemplate } from "@/lib/templates/create-template";
import { findMoreWrongInNewTemplate } from "@/lib/templates/template-fields";
import { listTemplates } from "@/lib/templates/template-store";

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
