import { join } from "node:path";
import { z } from "zod";
import { Problem } from "@/lib/contracts/problem";
import { TargetKind } from "@/lib/contracts/target";
import type { HostPlace } from "@/lib/drivers/driver";
import { env } from "@/lib/env";
import { LocalHost } from "@/lib/hosts/local-host";
import { machineId } from "./machine-id";
import { type SshColumns, type SshTarget, toSshTarget } from "./ssh-target";

/** A target as any row of it has it. */
export interface PlacedTarget extends SshColumns {
  name: string;
  kind: string;
}

/** How a kind of target is reached, and from where. */
interface Reach {
  isHere(target: PlacedTarget): Promise<boolean>;
  place(target: PlacedTarget): Promise<HostPlace>;
}

const LocalSettings = z.object({ machine: z.string() });

const local: Reach = {
  isHere: async ({ settings }) => LocalSettings.parse(settings).machine === (await machineId()),
  place: async (target) => {
    if (!(await local.isHere(target)))
      throw unreachable(target, "another machine, which only a worker that runs there reaches");
    return {
      host: new LocalHost({ publicHost: env.LANDFALL_PUBLIC_HOST }),
      base: join(env.LANDFALL_DATA_DIR, "services"),
    };
  },
};

const ssh: Reach = {
  isHere: async () => true,
  place: async (target) => {
    const read = toSshTarget(target);
    if (!read) throw unreachable(target, "its settings say nothing of how it is reached");
    if (read.settings.goneAt !== null) throw new Problem("target-unset", { params: { target: target.name } });
    return sshPlace(read);
  },
};

/**
 * The same of a server that is not written down (like this). Nothing is sent before its host key was confirmed. The SSH
 * library is loaded here: a console without servers never needs it.
 */
export async function sshPlace(target: SshTarget): Promise<HostPlace> {
  const { openSshHost } = await import("@/lib/hosts/ssh/ssh-host");
  const { toSshSettings } = await import("./ssh-login");
  return { host: openSshHost(await toSshSettings(target)), base: target.settings.base };
}

/** A kind without a line here has no hosts that this version can reach. */
const REACHES: Partial<Record<TargetKind, Reach>> = { local, ssh };

function reachOf(target: PlacedTarget): Reach {
  const reach = REACHES[TargetKind.parse(target.kind)];
  if (!reach) throw unreachable(target, `this version has no hosts of kind ${target.kind}`);
  return reach;
}

/** The host of a target and where services live on it. The caller closes the host. */
export async function hostPlaceOf(target: PlacedTarget): Promise<HostPlace> {
  return reachOf(target).place(target);
}

/** A local target is reached from its own machine only; a page served elsewhere says that it does not know. */
export async function isReachableFromHere(target: PlacedTarget): Promise<boolean> {
  return reachOf(target).isHere(target);
}

function unreachable(target: PlacedTarget, detail: string): Problem {
  return new Problem("host-unreachable", { params: { target: target.name }, detail });
}
