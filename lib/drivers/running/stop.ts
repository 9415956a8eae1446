import { fact } from "@/lib/contracts/fact";
import { cutShortFacts } from "../cut-short";
import type { NamedPhase } from "../driver";
import { closeWay } from "./public-way";
import type { ReleaseRunner } from "./runner";
import { readServing } from "./serving";

/** Of a removal: closes the public port, then takes away everything that runs the service. Repeated until it is through. */
export function stopPhase(runner: ReleaseRunner): NamedPhase {
  return {
    key: "stop",
    repeatable: true,
    async run(ctx) {
      const serving = await readServing(ctx);
      const releases = await runner.list(ctx);
      const cut = await closeWay(ctx, serving, ctx.spec.health.drainMs);
      await Promise.all(releases.map(({ releaseId }) => runner.remove(ctx, releaseId)));
      if (serving === null && releases.length === 0) return { facts: [fact("not-running")] };
      return { facts: [fact("port-free", { port: serving?.publicPort ?? ctx.spec.port }), ...cutShortFacts(cut)] };
    },
  };
}
