import { allDrivers } from "@/lib/drivers/registry";
import { log } from "@/lib/log";
import { hostPlaceOf, type PlacedTarget } from "@/lib/targets/host-place";

/** Has every driver put back what should run on a target and does not: after a reboot, or a console that was stopped. */
export async function restoreServices(target: PlacedTarget): Promise<void> {
  const place = await hostPlaceOf(target);
  try {
    for (const driver of allDrivers()) await driver.restore?.(place);
  } catch (error) {
    log.error(
      { err: error, target: target.name },
      "services could not be put back; a new deployment starts them again",
    );
  } finally {
    await place.host.close();
  }
}
