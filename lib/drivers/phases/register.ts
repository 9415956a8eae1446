import { verbatim } from "@/lib/contracts/fact";
import type { Announcement } from "@/lib/contracts/registration";
import type { NamedPhase, ReleaseContext } from "../driver";

/** The public address of the service, for the Registry and for people. */
export function serviceUrl(ctx: Pick<ReleaseContext, "host" | "spec">): string {
  if (ctx.spec.domain !== null) return `https://${ctx.spec.domain}`;
  const { publicHost } = ctx.host;
  const host = publicHost.includes(":") ? `[${publicHost}]` : publicHost;
  return `http://${host}:${ctx.spec.port}`;
}

export function announcementOf(
  { serviceName, host, spec, release }: Pick<ReleaseContext, "serviceName" | "host" | "spec" | "release">,
  deployedAt: Date,
): Announcement {
  return {
    name: serviceName,
    dropletId: spec.dropletId,
    endpoint: serviceUrl({ host, spec }),
    metadata: {
      deployment_method: spec.driver,
      port: spec.port,
      host: host.publicHost,
      release: release.id,
      deployed_at: deployedAt.toISOString(),
    },
  };
}

/** Announces a verified release. A Registry that is down causes a warning only. */
export function registerPhase(): NamedPhase {
  return {
    key: "register",
    repeatable: true,
    onFailure: "warn",
    async run(ctx) {
      if (!ctx.spec.autoRegister) return { skipped: true };
      const announcement = announcementOf(ctx, new Date());
      await ctx.registry.announce(announcement);
      return { facts: [verbatim(announcement.endpoint)] };
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
