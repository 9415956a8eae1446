import { Problem } from "@/lib/contracts/problem";
import type { PhaseContext } from "../driver";
import { findCaddy } from "../edge/caddy";
import { findEdge } from "../edge/ensure-edge";
import { askHealthPath, checkBindAddress, checkPortFree } from "../phases/validate-host";
import { readServing, type Serving } from "./serving";
import { stopsFirst } from "./start";

/**
 * The public port is free or this service's own, and its domain can be served. On a host without Caddy it warns, before
 * anything is touched, that what serves will be interrupted.
 */
export async function checkPublicWay(ctx: PhaseContext): Promise<void> {
  await checkBindAddress(ctx);
  const serving = await readServing(ctx);
  const edge = await findEdge(ctx);
  const held = (await edge?.service(ctx.serviceName))?.publicPort;
  const isOwn = held === ctx.spec.port || isHeldDirectly(serving, ctx.spec.port);
  if (!isOwn) await checkPortFree(ctx);
  if (serving) warnOfOutage(ctx);
  await askHealthPath(ctx);
  if (edge || (await findCaddy(ctx, ctx.signal))) return;
  if (ctx.spec.domain !== null)
    throw new Problem("tool-missing", { params: { tool: "caddy" }, detail: `to serve ${ctx.spec.domain}` });
  if (serving && !stopsFirst(ctx)) ctx.warn(new Problem("no-edge", { params: { target: ctx.host.label } }));
}

/** Said before anything is touched, of a service whose old release is stopped before the new one starts. */
export function warnOfOutage(ctx: PhaseContext): void {
  if (stopsFirst(ctx)) ctx.warn(new Problem("outage-expected"));
}

function isHeldDirectly(serving: Serving | null, port: number): boolean {
  return serving?.way === "direct" && serving.publicPort === port;
}
