import * as z from "zod";
import { fact, verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { removeApplications } from "./application";
import type { StackContext, StackPhase } from "./context";
import { removeDomains } from "./domain";
import { findOurs, forgetAll, idsOf } from "./ours";
import { Pace } from "./pace";
import { removeProjects } from "./project";
import { orIfForbidden } from "./tasks";

/** The names of the swarm services: their containers may end after everything else was removed. */
const RemovalReceipt = z.object({ appNames: z.array(z.string()) });

/** A removal is not undone: each phase is repeated until it succeeds. Missing resources count as removed. */
export const removalPhases: readonly StackPhase[] = [
  {
    key: "removing_domain",
    repeatable: true,
    async run(ctx) {
      const { applicationIds } = await findOurs(ctx);
      for (const applicationId of applicationIds) await removeDomains(ctx, applicationId);
      await forgetAll(ctx, "domain");
      return ctx.spec.domain === null ? undefined : { facts: [verbatim(ctx.spec.domain)] };
    },
  },
  {
    key: "removing_application",
    repeatable: true,
    async run(ctx) {
      const names = (await ctx.resources.list()).flatMap(({ kind, name }) =>
        kind === "application" && name !== null ? [name] : [],
      );
      const begun = RemovalReceipt.safeParse(ctx.receiptOf("removing_application")).data;
      const appNames = [...new Set([...(begun?.appNames ?? []), ...names])];
      await ctx.saveReceipt({ appNames });
      await removeApplications(ctx);
      return { receipt: { appNames } };
    },
  },
  {
    key: "removing_volume",
    repeatable: true,
    async run(ctx) {
      const names = idsOf(await ctx.resources.list(), "volume");
      const facts = names.length === 0 ? [] : [verbatim(names.join(", "))];
      if (names.length === 0 || !ctx.spec.removeData) return { skipped: true, facts };
      const { appNames = [] } = RemovalReceipt.safeParse(ctx.receiptOf("removing_application")).data ?? {};
      for (const name of names) await removeVolume(ctx, name, appNames);
      return { facts };
    },
  },
  {
    key: "removing_project",
    repeatable: true,
    async run(ctx) {
      await removeProjects(ctx);
      return undefined;
    },
  },
];

/** How long a volume may stay in use by containers of the stack that are ending. */
const FREE_WITHIN_MS = 20_000;

/** A volume that cannot be removed is a warning, so that the rest is removed all the same. */
async function removeVolume(ctx: StackContext, name: string, appNames: readonly string[]): Promise<void> {
  const refusal = await untilFree(ctx, name, appNames);
  if (refusal === null) return ctx.resources.forget({ kind: "volume", externalId: name });
  ctx.warn(new Problem("volume-kept", { params: { volume: name }, detail: refusal }));
}

/** Null once the volume is gone, else why it stays. A container uses its volume until it ends, up to ten seconds after its service. */
async function untilFree(ctx: StackContext, name: string, appNames: readonly string[]): Promise<string | null> {
  for (const pace = new Pace(); ; await pace.wait(ctx.signal)) {
    const mayBeEnding = await someEnds(ctx, appNames);
    const removal = await ctx.dokploy.removeVolume(name, ctx.signal).catch(reasonToKeep);
    if (removal === "removed" || removal === "gone") return null;
    if (removal === "unavailable") return "this version of Dokploy offers no way to remove a volume";
    if (removal !== "in-use") return removal.message;
    if (!mayBeEnding || pace.elapsedMs > FREE_WITHIN_MS) return "a container that is not this stack's has it";
    ctx.progress({ facts: [fact("volume-in-use", { volume: name })] });
  }
}

function reasonToKeep(error: unknown): Problem {
  if (error instanceof Problem && (error.code === "platform-refused" || error.code === "platform-failed")) return error;
  throw error;
}

/** Does the stack still have containers? An ended one uses its volume until the swarm removes it. True where the key has no access. */
async function someEnds({ dokploy, signal }: StackContext, appNames: readonly string[]): Promise<boolean> {
  const asked = appNames.map((appName) => orIfForbidden(dokploy.listContainers(`${appName}.`, signal), null));
  const found = await Promise.all(asked);
  return found.some((containers) => containers === null || containers.length > 0);
}
