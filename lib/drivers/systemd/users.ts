import { ServiceName } from "@/lib/contracts/service";
import type { HostPlace, OwnedThing } from "../driver";
import { ownUser, USER_COMMENT } from "./names";
import { volumesDirectory } from "./paths";
import { script, succeeded } from "./script";

/**
 * Argument: a user. What units of it shared by name with their like is the host's, and outlives them; the next user may be
 * given the same number.
 */
export const REMOVE_SHARED = `
remove_shared() { find /dev/shm /dev/mqueue -xdev -user "$1" -delete 2>/dev/null || :; }
`;

/** Arguments: user, the service's volumes: their files become root's, as the number of a user may be given anew. */
const REMOVE_USER = `${REMOVE_SHARED}
set -eu
id -u -- "$1" >/dev/null 2>&1 || exit 0
remove_shared "$1"
if [ -d "$2" ]; then chown -hR 0:0 -- "$2"; fi
flock /run/landfall-users.lock userdel -- "$1"
`;

/** The users that services of this base directory have of their own. */
export async function listUsers(place: HostPlace): Promise<OwnedThing[]> {
  const passwd = await place.host.readFile("/etc/passwd");
  return usersIn(place, passwd.toString("utf8")).map(({ user, serviceName }) => ({
    id: `user:${user}`,
    kind: "user",
    name: user,
    serviceName,
    releaseId: null,
    bytes: null,
    async remove() {
      succeeded(await script(place, REMOVE_USER, [user, volumesDirectory({ ...place, serviceName })]), "userdel");
    },
  }));
}

/** Comment and name have to agree: the name holds a digest of the base directory and the service. */
export function usersIn({ base }: Pick<HostPlace, "base">, passwd: string) {
  return passwd.split("\n").flatMap((line) => {
    const [user = "", , , , comment = ""] = line.split(":");
    const serviceName = comment.startsWith(USER_COMMENT) ? comment.slice(USER_COMMENT.length) : "";
    const isOurs = ServiceName.safeParse(serviceName).success && ownUser({ base, serviceName }) === user;
    return isOurs ? [{ user, serviceName }] : [];
  });
}
