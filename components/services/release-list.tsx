"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, Database, Package, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { revisionLabel } from "@/components/deployments/deployment-title";
import { RollbackDialog } from "@/components/deployments/rollback-dialog";
import { useCan } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time";
import type { ReleaseSummary } from "@/lib/contracts/release";
import { CompareReleases } from "./compare-releases";
import { releaseQueries, serviceQueries } from "./queries";

export function ReleaseList({ name }: { name: string }) {
  const t = useTranslations("releases");
  const service = useQuery(serviceQueries.detail(name)).data;
  const query = useQuery(releaseQueries.list(name));
  const can = useCan();
  if (!service) return null;
  const mayRollBack = can("deployment:create", { ownerId: service.owner.id });
  return (
    <Card flush className="overflow-hidden">
      <ListPanel
        query={query}
        items={query.data}
        empty={<EmptyState icon={Package} title={t("emptyTitle")} text={t("emptyText")} />}
      >
        {(releases) => (
          <>
            <div className="flex justify-end border-b px-3 py-2 empty:hidden">
              <CompareReleases name={name} releases={releases} />
            </div>
            <Table label={t("title")}>
              <thead>
                <tr>
                  <TableHead>{t("release")}</TableHead>
                  <TableHead className="@max-lg/page:hidden">{t("made")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("lastServed")}</TableHead>
                  <TableHead className="@max-3xl/page:hidden">{t("environment")}</TableHead>
                  <TableHead>{t("wayBack")}</TableHead>
                </tr>
              </thead>
              <tbody>
                {releases.map((release) => (
                  <ReleaseRow key={release.id} serviceName={name} release={release} mayRollBack={mayRollBack} />
                ))}
              </tbody>
            </Table>
          </>
        )}
      </ListPanel>
    </Card>
  );
}

interface RowProps {
  serviceName: string;
  release: ReleaseSummary;
  mayRollBack: boolean;
}

function ReleaseRow({ serviceName, release, mayRollBack }: RowProps) {
  const t = useTranslations("releases");
  const { number, deployment, createdAt, lastServedAt, environmentRevision, current, digest } = release;
  const label = revisionLabel(release);
  return (
    <TableRow>
      <TableCell>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-medium">{t("number", { number })}</span>
          <Link
            href={`/deployments/${deployment.id}`}
            className="figures text-muted text-sm underline-offset-4 hover:underline"
          >
            #{deployment.number}
          </Link>
          {current && (
            <Badge tone="succeeded">
              <CircleCheck aria-hidden />
              {t("current")}
            </Badge>
          )}
          {release.releaseCommand && (
            <Badge>
              <Database aria-hidden />
              {t("ranCommand")}
            </Badge>
          )}
        </span>
        {label && (
          <span
            className="block max-w-96 truncate text-muted text-sm"
            title={release.commit?.id ?? digest ?? undefined}
          >
            <bdi>{label}</bdi>
          </span>
        )}
        <span className="block text-muted text-sm @lg/page:hidden">
          <TimeAgo at={createdAt} />
        </span>
      </TableCell>
      <TableCell className="text-muted @max-lg/page:hidden">
        <TimeAgo at={createdAt} />
      </TableCell>
      <TableCell className="text-muted @max-3xl/page:hidden">
        {current ? t("now") : lastServedAt ? <TimeAgo at={lastServedAt} /> : t("neverServed")}
      </TableCell>
      <TableCell className="text-muted @max-3xl/page:hidden">
        {environmentRevision === null ? t("noEnvironment") : t("revision", { number: environmentRevision })}
      </TableCell>
      <TableCell>
        <Rollback serviceName={serviceName} release={release} mayRollBack={mayRollBack} />
      </TableCell>
    </TableRow>
  );
}

/** A button for people who may roll back, a word for others, the reason where the release cannot be restored. */
function Rollback({ serviceName, release, mayRollBack }: RowProps) {
  const t = useTranslations("releases");
  const [isOpen, setOpen] = useState(false);
  if (!release.restorable)
    return <span className="text-faint text-sm">{t(reasonKey(release.notRestorableBecause))}</span>;
  if (!mayRollBack) return <span className="text-muted text-sm">{t("restorable")}</span>;
  const trigger = (
    <Button size="sm" aria-label={t("rollBackNamed", { number: release.number })}>
      <Undo2 aria-hidden className="rtl:-scale-x-100" />
      {t("rollBack")}
    </Button>
  );
  return (
    <RollbackDialog
      serviceName={serviceName}
      releaseId={release.id}
      open={isOpen}
      onOpenChange={setOpen}
      trigger={trigger}
    />
  );
}

/** The reasons that lib/engine/releases returns. */
const REASONS = ["current", "retention", "removed", "other-target"] as const;

function reasonKey(reason: string | null) {
  const known = REASONS.find((candidate) => candidate === reason);
  return known ? (`notRestorable.${known}` as const) : "notRestorable.retention";
}
