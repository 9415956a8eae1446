import { TemplateLimits } from "@/lib/contracts/template";
import { SYSTEM } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type Env, env } from "@/lib/platform/env";
import { freeName } from "@/lib/targets/ensure-targets";
import { auditCreated, changeTo } from "./template-commands";
import {
  countStacksOf,
  deleteTemplate,
  insertTemplate,
  lockTemplateList,
  type TemplateDraft,
  type TemplateRow,
  updateTemplate,
} from "./template-store";

type StackVariables = Pick<
  Env,
  "STACK_IMAGE" | "STACK_PORT" | "STACK_DOMAIN_SUFFIX" | "STACK_HTTPS" | "STACK_VOLUME" | "STACK_VOLUME_PATH"
> &
  Partial<Pick<Env, "STACK_HEALTH_COMMAND">>;

/**
 * The read-only template of STACK_IMAGE and STACK_DOMAIN_SUFFIX, updated at every start. When they are unset it is
 * removed. While stacks use it, it stays as a normal template, for an administrator to decide.
 */
export async function ensureEnvironmentTemplate(given: StackVariables = env): Promise<void> {
  const wanted = draftFrom(given);
  await transaction(async (tx) => {
    const templates = await lockTemplateList(tx);
    const known = templates.find(({ readOnly }) => readOnly);
    if (known) return wanted ? changeTo(tx, known, wanted, SYSTEM) : letGo(tx, known);
    if (!wanted) return;
    const name = freeName("workspace", templates);
    const id = await insertTemplate(tx, name, wanted, { readOnly: true });
    await auditCreated(tx, SYSTEM, { id, name }, wanted);
  });
}

function draftFrom(given: StackVariables): TemplateDraft | null {
  if (given.STACK_IMAGE === undefined || given.STACK_DOMAIN_SUFFIX === undefined) return null;
  return {
    description: "the AI workspace stack",
    image: given.STACK_IMAGE,
    port: given.STACK_PORT,
    volumes: [{ name: given.STACK_VOLUME, path: given.STACK_VOLUME_PATH }],
    domainSuffix: given.STACK_DOMAIN_SUFFIX,
    https: given.STACK_HTTPS,
    healthPath: "/health",
    limits: TemplateLimits.parse({}),
    healthCommand: given.STACK_HEALTH_COMMAND ?? null,
    targetId: null,
    environment: {},
  };
}

async function letGo(tx: Tx, known: TemplateRow): Promise<void> {
  const subject = { type: "template", id: known.id, name: known.name };
  if ((await countStacksOf(tx, known.id)) > 0) {
    await updateTemplate(tx, known.id, known, { readOnly: false });
    return audit(tx, SYSTEM, "template.change", subject, { readOnly: { from: true, to: false } });
  }
  await deleteTemplate(tx, known.id);
  await audit(tx, SYSTEM, "template.remove", subject);
}
