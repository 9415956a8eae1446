import type { NamedPhase, PhaseContext } from "../driver";

/** Where the service is reached: what the Registry is told, and what people are shown. */
export function serviceUrl(ctx: Pick<PhaseContext, "host" | "spec">): string {
  if (ctx.spec.domain !== null) return `https://${ctx.spec.domain}`;
  const { publicHost } = ctx.host;
  const host = publicHost.includes(":") ? `[${publicHost}]` : publicHost;
  return `http://${host}:${ctx.spec.port}`;
}

/** Announces what has been proven to serve. A Registry that is down takes nothing away: it is a warning. */
export function registerPhase(): NamedPhase {
  return {
    key: "register",
    repeatable: true,
    onFailure: "warn",
    async run(ctx) {
      if (!ctx.spec.autoRegister) return { skipped: true };
      const endpoint = serviceUrl(ctx);
      await ctx.registry.announce({
        name: ctx.serviceName,
        dropletId: ctx.spec.dropletId,
        endpoint,
        metadata: {
          deployment_method: ctx.spec.driver,
          port: ctx.spec.port,
          host: ctx.host.publicHost,
          release: ctx.release.id,
          deployed_at: new Date().toISOString(),
        },
      });
      return { detail: endpoint };
    },
  };
}

export function deregisterPhase(): NamedPhase {
  return {
    key: "deregister",
    repeatable: true,
    onFailure: "warn",
    async run(ctx) {
      await ctx.registry.withdraw(ctx.serviceName);
      return undefined;
    },
  };
}
