import type { FieldError } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { db, type Tx } from "@/lib/platform/db/client";
import { wrongField } from "@/lib/services/draft-fields";
import { findTemplateView } from "@/lib/services/templates/template-store";
import { checkStackName } from "./check-stack-name";

/** What else is wrong with a new stack whose schema has refused it already. */
export async function findMoreWrongInStack(body: unknown, actor: Actor | null): Promise<FieldError[]> {
  const { name, template } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const isMissing = typeof template === "string" && (await findTemplateView({ name: template })) === null;
  return [
    ...(typeof name === "string" ? await nameErrors(name, actor?.id ?? null) : []),
    ...(isMissing ? [templateMissing] : []),
  ];
}

export const templateMissing = wrongField(["template"], "not-found");

export async function nameErrors(name: string, ownerId: string | null, tx: Tx = db): Promise<FieldError[]> {
  const { wrong } = await checkStackName(name, ownerId, tx);
  return wrong ? [wrongField(["name"], wrong.code, wrong.params)] : [];
}
