import type { NamedPhase } from "../driver";
import { serviceDirectory } from "../release-layout";
import { ensureSupervisor } from "./start-supervisor";
import { findSupervisor } from "./supervisor-client";
import { isListed } from "./supervisor-state";

/** Nothing of a removal is undone: each phase is repeated until it is through. */
export function stopPhase(scriptFile?: string): NamedPhase {
  return {
    key: "stop",
    repeatable: true,
    async run(ctx) {
      // One that only its state file knows would come back with the next supervisor.
      const listed = await isListed(ctx, ctx.serviceName);
      const supervisor = listed ? await ensureSupervisor(ctx, scriptFile) : await findSupervisor(ctx);
      const service = await supervisor?.service(ctx.serviceName);
      if (!supervisor || !service) return { detail: "it was not running" };
      await supervisor.removeService(ctx.serviceName, ctx.spec.health.drainMs);
      return { detail: `port ${ctx.spec.port} is free` };
    },
  };
}

export const removeFilesPhase: NamedPhase = {
  key: "remove-files",
  repeatable: true,
  async run(ctx) {
    const directory = serviceDirectory(ctx);
    await ctx.host.remove(directory);
    return { detail: directory };
  },
};
