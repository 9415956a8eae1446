/* `npm run backup [name]`: creates a backup, test-restores it and prints its contents. Exits with 1 unless reliable. */

import { BackupName } from "@/lib/contracts/backup";
import { Problem } from "@/lib/contracts/problem";
import { SYSTEM } from "@/lib/contracts/user";
import { makeBackup } from "@/lib/domain/backups/make-backup";
import { beginBackup } from "@/lib/domain/backups/request-backup";
import { db } from "@/lib/platform/db/client";
import { say, sayFailure, step } from "../screen.mjs";
import { sentenceOfError } from "./sentence-of-problem";
import { showBackup } from "./show-backup";
import { withInstallation } from "./with-installation";

const ACTOR = { ...SYSTEM, name: "npm run backup" };

async function backUp(name: string | undefined): Promise<boolean> {
  if (name !== undefined && !BackupName.safeParse(name).success)
    throw new Problem("cannot-start", {
      detail: `${name} is no name for a backup: use small letters, digits, dots and hyphens, beginning with a letter or a digit.`,
    });
  return withInstallation(async () => {
    await refuseOldSchema();
    const id = await beginBackup({ name, trigger: "command" }, ACTOR);
    return showBackup(
      await step(
        "Backup",
        (report) => makeBackup(id, { report }),
        ({ state }) => state,
      ),
    );
  });
}

async function refuseOldSchema(): Promise<void> {
  const [found] = await db.$queryRaw<{ there: boolean }[]>`SELECT to_regclass('public.backup') IS NOT NULL AS there`;
  if (!found?.there)
    throw new Problem("cannot-start", {
      detail:
        "The database has not been brought to this version of Landfall yet: start the console once, then try again.",
    });
}

try {
  say();
  process.exitCode = (await backUp(process.argv[2])) ? 0 : 1;
} catch (error) {
  sayFailure(sentenceOfError(error));
  process.exitCode = 1;
}
process.exit();
