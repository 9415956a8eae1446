import type { Procedures } from "../procedure";
import type { Version } from "../version";
import { applicationProcedures } from "./application";
import { deploymentProcedures } from "./deployment";
import { dockerProcedures } from "./docker";
import { domainProcedures } from "./domain";
import { environmentProcedures } from "./environment";
import { mountProcedures } from "./mounts";
import { projectProcedures } from "./project";
import { registryProcedures } from "./registry";
import { runningProcedures } from "./running";
import { settingsProcedures } from "./settings";

/** The procedures of a server of this version. */
export function proceduresOf(version: Version): Procedures {
  const all = {
    ...settingsProcedures,
    ...projectProcedures,
    ...environmentProcedures,
    ...applicationProcedures(version),
    ...runningProcedures,
    ...domainProcedures(version),
    ...mountProcedures,
    ...deploymentProcedures,
    ...dockerProcedures,
    ...registryProcedures,
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => version.has(name)));
}
