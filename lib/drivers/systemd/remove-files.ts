import { fact, verbatim } from "@/lib/contracts/fact";
import type { NamedPhase } from "../driver";
import { serviceDirectory } from "../release-layout";
import { ownUser } from "./names";
import { script, succeeded } from "./script";
import { REMOVE_SHARED } from "./users";

/**
 * Arguments: the service's directory, its own user. Prints what is kept. The volumes' files become root's: the number
 * of a user that is gone may be given to another one.
 */
const REMOVE_FILES = `${REMOVE_SHARED}
set -eu
directory=$1 user=$2
if [ -n "$(find "$directory/volumes" -mindepth 2 -print -quit 2>/dev/null)" ]; then
  chown -hR 0:0 -- "$directory/volumes"
  find "$directory" -mindepth 1 -maxdepth 1 ! -name volumes -exec rm -rf -- {} +
  echo "$directory/volumes"
else
  rm -rf -- "$directory"
fi
if id -u -- "$user" >/dev/null 2>&1; then
  remove_shared "$user"
  flock /run/landfall-users.lock userdel -- "$user" >&2
fi
`;

/** What people stored in volumes is kept: nobody could bring it back. */
export const removeFilesPhase: NamedPhase = {
  key: "remove-files",
  repeatable: true,
  async run(ctx) {
    const directory = serviceDirectory(ctx);
    const result = await script(ctx, REMOVE_FILES, [directory, ownUser(ctx)], { signal: ctx.signal });
    const kept = succeeded(result, "rm").stdout.trim();
    return { facts: [verbatim(directory), ...(kept === "" ? [] : [fact("volumes-kept-in", { directory: kept })])] };
  },
};
