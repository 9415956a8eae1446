import type { DriverKind } from "./service";

/* Public facts of each kind of target. No zod: the first load of a page has none. How a kind works: lib/targets. */

export const TARGET_KINDS = ["local", "ssh", "dokploy"] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

interface KindFacts {
  /** The drivers that can run services there. */
  drivers: readonly DriverKind[];
  /** A platform runs services through its own API, and gives each of them its own ports. */
  isPlatform: boolean;
}

const HOST: KindFacts = { drivers: ["process", "docker", "systemd"], isPlatform: false };

export const TARGET_KIND_FACTS: Record<TargetKind, KindFacts> = {
  local: HOST,
  ssh: HOST,
  dokploy: { drivers: ["dokploy"], isPlatform: true },
};

/** Can services of this driver run on a target of this kind? */
export function carries(kind: string, driver: string): boolean {
  return factsOf(kind)?.drivers.some((carried) => carried === driver) ?? false;
}

/** The kinds of target on which services of this driver can run. */
export function kindsCarrying(driver: DriverKind): TargetKind[] {
  return TARGET_KINDS.filter((kind) => carries(kind, driver));
}

/** Can only one service of the target listen on a port? */
export function sharesPorts(kind: string): boolean {
  return !factsOf(kind)?.isPlatform;
}

/** The drivers of platforms. The volumes of their services share one name space, and their hosts need no tools. */
export const PLATFORM_DRIVERS: readonly DriverKind[] = Object.values(TARGET_KIND_FACTS)
  .filter(({ isPlatform }) => isPlatform)
  .flatMap(({ drivers }) => drivers);

export function isPlatformDriver(driver: string | undefined): driver is DriverKind {
  return PLATFORM_DRIVERS.some((one) => one === driver);
}

function factsOf(kind: string): KindFacts | undefined {
  return Object.hasOwn(TARGET_KIND_FACTS, kind) ? TARGET_KIND_FACTS[kind as TargetKind] : undefined;
}
