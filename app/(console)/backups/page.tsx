import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { BackupList } from "@/components/backups/backup-list";
import { backupQueries } from "@/components/backups/queries";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { can } from "@/lib/contracts/permission";
import { listBackups } from "@/lib/domain/backups/backup-store";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("backups"))("title") };
}

export default async function BackupsPage() {
  const actor = await requireActor();
  if (!can(actor, "backup:read")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetch(backupQueries.list(), () => listBackups())]}>
      <BackupList />
    </Prefetched>
  );
}
