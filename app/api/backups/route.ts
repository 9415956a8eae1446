import { Backups, BackupView, NewBackup } from "@/lib/contracts/backup";
import { listBackups } from "@/lib/domain/backups/backup-store";
import { requestBackup } from "@/lib/domain/backups/request-backup";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List backups, newest first, with what is planned",
    description:
      "`proof` says what came of restoring it into a scratch database; `plan.overdueSince` that one is late.",
    permission: "backup:read",
    tool: { name: "list_backups" },
    response: Backups,
  },
  async () => listBackups(),
);

export const POST = route(
  {
    summary: "Have a backup made",
    description: "A worker makes it; the list shows how far it is.",
    permission: "backup:create",
    tool: { name: "create_backup" },
    idempotent: true,
    body: NewBackup,
    response: BackupView,
    status: 202,
    problems: ["backup-running", "name-taken"],
  },
  async ({ actor, body, idempotency }) => answer(await requestBackup(body, actor, idempotency)),
);
