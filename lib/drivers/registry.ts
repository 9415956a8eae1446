import { Problem } from "@/lib/contracts/problem";
import type { DriverKind } from "@/lib/contracts/service";
import { dockerDriver } from "./docker/driver";
import { dokployDriver } from "./dokploy/driver";
import type { AnyDriver } from "./driver";
import { processDriver } from "./process/driver";
import { systemdDriver } from "./systemd/driver";

/** Server only. The browser reads catalogue.ts. */
const DRIVERS: Partial<Record<DriverKind, AnyDriver>> = {
  process: processDriver,
  docker: dockerDriver,
  systemd: systemdDriver,
  dokploy: dokployDriver,
};

/** Throws `settings-invalid` for a kind without a driver in this version. */
export function driverOf(kind: DriverKind): AnyDriver {
  const driver = DRIVERS[kind];
  if (!driver) throw new Problem("settings-invalid", { params: { field: "driver", value: kind } });
  return driver;
}

/** Every driver this version has. */
export function allDrivers(): readonly AnyDriver[] {
  return Object.values(DRIVERS);
}
