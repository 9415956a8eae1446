import { Problem } from "@/lib/contracts/problem";
import { timestampOf } from "../release";
import { servingNow, type UpdatePhase } from "../update";

/** What the image says of a role it does not have. */
const NO_SUCH_ROLE = 2;

/** Before a release of the past comes back: the database as it is. The present files are kept by the phase after it. */
export const savePhase: UpdatePhase = {
  key: "save",
  title: "Save",
  repeatable: true,
  deadlineMs: 60 * 60_000,
  async run(ctx) {
    const { installation, signal } = ctx;
    if (!(await servingNow(ctx))) return { skipped: true, detail: "nothing runs" };
    const name = `before-rollback-${timestampOf(new Date())}`;
    const onLine = (line: string) => ctx.progress({ detail: line.trim() });
    try {
      await installation.compose(["run", "--rm", "-T", "--no-deps", "worker", "backup", name], { signal, onLine });
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.params.exitCode !== NO_SUCH_ROLE) throw cause;
      return { skipped: true, detail: "the present release makes no backups" };
    }
    return { detail: `backup ${name}` };
  },
};
