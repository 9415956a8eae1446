import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { BackupList } from "@/components/backups/backup-list";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { requireActor } from "@/lib/auth/current-user";
import { listBackups } from "@/lib/backups/backup-store";
import { backupQueries } from "@/lib/client/backups";
import { can } from "@/lib/contracts/permission";

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
