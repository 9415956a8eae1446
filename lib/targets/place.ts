import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { TargetKind } from "@/lib/contracts/target";
import type { DokployPlace, HostPlace, Place } from "@/lib/drivers/driver";
import { LocalHost } from "@/lib/hosts/local-host";
import { env } from "@/lib/platform/env";
import { keepCircuit } from "./circuit-store";
import { type DokployTarget, toDokployTarget } from "./dokploy-target";
import { localBase } from "./local-base";
import { machineId } from "./machine-id";
import { type SshColumns, type SshTarget, toSshTarget } from "./ssh-target";

/** A target as any row of it has it. */
export interface PlacedTarget extends SshColumns {
  id: string;
  name: string;
  kind: string;
}

/** How a kind of target is reached, and from where. */
interface Reach {
  isHere(target: PlacedTarget): Promise<boolean>;
  place(target: PlacedTarget): Promise<Place>;
}

const LocalSettings = z.object({ machine: z.string() });

const local: Reach = {
  isHere: async ({ settings }) => LocalSettings.parse(settings).machine === (await machineId()),
  place: async (target) => {
    if (!(await local.isHere(target)))
      throw unreachable(target, "another machine, which only a worker that runs there reaches");
    return {
      host: new LocalHost({ publicHost: publicHostHere() }),
      base: await localBase(env.LANDFALL_DATA_DIR),
    };
  },
};

/** As the console itself is known: its services are beside it. */
function publicHostHere(): string | undefined {
  if (env.LANDFALL_PUBLIC_HOST !== undefined || !env.NEXTAUTH_URL) return env.LANDFALL_PUBLIC_HOST;
  return new URL(env.NEXTAUTH_URL).hostname.replace(/^\[|\]$/g, "");
}

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

const dokploy: Reach = {
  isHere: async () => true,
  place: async (target) => {
    const read = toDokployTarget(target);
    if (!read) throw unreachable(target, "its settings say nothing of how it is reached");
    if (read.settings.goneAt !== null) throw new Problem("target-unset", { params: { target: target.name } });
    return dokployPlace(target, read);
  },
};

/** The same of a Dokploy server that is not written down (like this). */
export async function dokployPlace(
  { id, name }: Pick<PlacedTarget, "id" | "name">,
  { settings, secrets }: DokployTarget,
): Promise<DokployPlace> {
  const { url, httpPort, httpsPort, endpointMode } = settings;
  const { openDokploy } = await import("@/lib/drivers/dokploy/client/client");
  const dokploy = openDokploy({ name, url, apiKey: secrets.apiKey, onCircuit: (circuit) => keepCircuit(id, circuit) });
  return { dokploy, targetId: id, ways: { httpPort, httpsPort }, isDirect: endpointMode === "dnsrr" };
}

const REACHES: Record<TargetKind, Reach> = { local, ssh, dokploy };

function reachOf({ kind }: PlacedTarget): Reach {
  return REACHES[TargetKind.parse(kind)];
}

/** Where a target's drivers do their work. The caller closes it (closePlace). */
export async function placeOf(target: PlacedTarget): Promise<Place> {
  return reachOf(target).place(target);
}

/** The host of a target and where services live on it. The caller closes the host. Throws host-unreachable for a platform. */
export async function hostPlaceOf(target: PlacedTarget): Promise<HostPlace> {
  const place = await placeOf(target);
  if (isHostPlace(place)) return place;
  throw unreachable(target, "it is a platform, and runs no commands");
}

export function isHostPlace(place: Place): place is HostPlace {
  return "host" in place;
}

export async function closePlace(place: Place): Promise<void> {
  if (isHostPlace(place)) await place.host.close();
}

/** A local target is reached from its own machine only; a page served elsewhere says that it does not know. */
export async function isReachableFromHere(target: PlacedTarget): Promise<boolean> {
  return reachOf(target).isHere(target);
}

function unreachable(target: PlacedTarget, detail: string): Problem {
  return new Problem("host-unreachable", { params: { target: target.name }, detail });
}
