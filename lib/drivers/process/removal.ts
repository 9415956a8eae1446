import type { NamedPhase } from "../driver";
import { serviceDirectory } from "../release-layout";
import { supervisorOf } from "./start-supervisor";

/** Nothing of a removal is undone: each phase is repeated until it is through. */
export function stopPhase(scriptFile?: string): NamedPhase {
  return {
    key: "stop",
    repeatable: true,
    async run(ctx) {
      const supervisor = await supervisorOf(ctx, scriptFile);
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
