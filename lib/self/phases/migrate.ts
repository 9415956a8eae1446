import { Problem } from "@/lib/contracts/problem";
import { releaseFileOf } from "../files";
import { servingNow, type UpdatePhase } from "../update";

/**
 * Brings the database to the new version's schema while the old one serves: migrations only add (expand), and take away
 * what no version in use reads any more (contract), so nothing has to be taken back when a later phase fails.
 */
export const migratePhase: UpdatePhase = {
  key: "migrate",
  title: "Migrate",
  repeatable: true,
  async run(ctx) {
    const { installation, release, signal } = ctx;
    if (!(await servingNow(ctx))) return { skipped: true, detail: "with the first start" };
    const onLine = (line: string) => ctx.progress({ detail: line.trim() });
    const releaseFile = releaseFileOf(installation, release.timestamp);
    try {
      await installation.compose(["run", "--rm", "-T", "--no-deps", "migrate"], { signal, releaseFile, onLine });
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.code !== "command-failed") throw cause;
      throw new Problem("migration-failed", { params: { migration: release.version }, detail: cause.detail, cause });
    }
    return undefined;
  },
};
