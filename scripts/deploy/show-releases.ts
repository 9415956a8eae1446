import type { Installation } from "@/lib/self/installation";
import { readableTime } from "@/lib/self/release";
import { describeChanges, findRelease, listReleases, readPresentFiles } from "@/lib/self/release-files";
import { bold, dim, say } from "../screen.mjs";

/** Lists the releases to roll back to: version, time, and the differences. */
export async function showReleases(installation: Installation, signal: AbortSignal): Promise<void> {
  const [present, presentFiles, timestamps] = await Promise.all([
    installation.present(signal),
    readPresentFiles(installation),
    listReleases(installation),
  ]);
  const others = timestamps.filter((timestamp) => timestamp !== present?.release.timestamp);
  say(`Landfall ${installation.environment} on ${installation.host.label}`);
  say();
  if (present) say(`${bold(present.release.timestamp)}  ${present.release.version}  serves now`);
  for (const timestamp of others) {
    const found = await findRelease(installation, timestamp);
    if (!found) say(`${timestamp}  ${dim("its folder is not whole")}`);
    else {
      const changes = presentFiles ? describeChanges(presentFiles, found.files) : [];
      const what = changes.length > 0 ? changes.join("; ") : "the same settings";
      say(`${bold(timestamp)}  ${found.release.version}  ${readableTime(timestamp)}  ${dim(what)}`);
    }
  }
  say();
  say(
    others.length > 0
      ? dim("npm run deploy:rollback <timestamp> goes back to it.")
      : "There is nothing to go back to yet.",
  );
}
