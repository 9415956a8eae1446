import type Docker from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import type { ReleaseContext } from "../driver";
import { LABELS, serviceLabels, volumeName } from "./names";

/** The service's volumes, made where they are not there yet. Throws `start-failed` for one that is somebody else's. */
export async function ensureVolumes(engine: Docker, ctx: ReleaseContext): Promise<void> {
  const labels = serviceLabels(ctx);
  await Promise.all(
    ctx.spec.volumes.map(async ({ name }) => {
      const volume = await engine.createVolume({ Name: volumeName(ctx, name), Labels: labels });
      const given: Record<string, string> = (await volume.inspect()).Labels ?? {};
      if ([LABELS.base, LABELS.service].some((label) => given[label] !== labels[label])) {
        throw new Problem("start-failed", {
          detail: `the volume ${volume.name} is on the host already and is not this service's`,
        });
      }
    }),
  );
}
