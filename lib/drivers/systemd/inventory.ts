import { fact, verbatim } from "@/lib/contracts/fact";
import { ServiceName } from "@/lib/contracts/service";
import type { HostPlace, NamedPhase, OwnedThing } from "../driver";
import { serviceDirectory } from "../release-layout";
import { processId } from "../runner";
import { ownerOfUnit, ownUser, USER_COMMENT, unitPattern, volumesDirectory } from "./names";
import { runProgram, runUnits, succeeded } from "./programs";
import { systemdRunner } from "./runner";

/** The resources outside of a base directory that its services have: units and users. */
export async function inventory(place: HostPlace): Promise<OwnedThing[]> {
  return (await Promise.all([listUnits(place), listUsers(place)])).flat();
}

/** The units of a base directory: their names tell their owner. */
async function listUnits(place: HostPlace): Promise<OwnedThing[]> {
  const { stdout } = succeeded(await runUnits(place, "list", [unitPattern(place)]));
  return stdout.split("\n").flatMap((name) => {
    const owner = ownerOfUnit(place, name);
    if (!owner) return [];
    const { serviceName, releaseId, worker } = owner;
    const remove = () => systemdRunner.remove({ ...place, serviceName }, processId(releaseId, worker));
    return [{ id: `unit:${name}`, kind: "unit", name, serviceName, releaseId, bytes: null, remove } as const];
  });
}

/** The users that services of this base directory have of their own. */
async function listUsers(place: HostPlace): Promise<OwnedThing[]> {
  const passwd = await place.host.readFile("/etc/passwd");
  return usersIn(place, passwd.toString("utf8")).map(({ user, serviceName }) => ({
    id: `user:${user}`,
    kind: "user",
    name: user,
    serviceName,
    releaseId: null,
    bytes: null,
    async remove() {
      const args = [user, volumesDirectory({ ...place, serviceName })];
      succeeded(await runProgram(place, "remove-user", args), "userdel");
    },
  }));
}

/** Comment and name must agree: the name contains a digest of the base directory and the service. */
export function usersIn({ base }: Pick<HostPlace, "base">, passwd: string) {
  return passwd.split("\n").flatMap((line) => {
    const [user = "", , , , comment = ""] = line.split(":");
    const serviceName = comment.startsWith(USER_COMMENT) ? comment.slice(USER_COMMENT.length) : "";
    const isOurs = ServiceName.safeParse(serviceName).success && ownUser({ base, serviceName }) === user;
    return isOurs ? [{ user, serviceName }] : [];
  });
}

/** Removes a service's files and its user, but keeps its volumes: no one could restore people's data in them. */
export const removeFilesPhase: NamedPhase = {
  key: "remove-files",
  repeatable: true,
  async run(ctx) {
    const directory = serviceDirectory(ctx);
    const result = await runProgram(ctx, "remove-files", [directory, ownUser(ctx)], { signal: ctx.signal });
    const kept = succeeded(result, "rm").stdout.trim();
    return { facts: [verbatim(directory), ...(kept === "" ? [] : [fact("volumes-kept-in", { directory: kept })])] };
  },
};
