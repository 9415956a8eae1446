"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowRight, TriangleAlert } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { cn } from "@/components/ui/cn";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorPanel } from "@/components/ui/error-panel";
import { ExternalLink } from "@/components/ui/external-link";
import { Skeleton } from "@/components/ui/skeleton";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import { shortCommit } from "@/lib/contracts/commit";
import type { Change, ReleaseSummary, RollbackPreview } from "@/lib/contracts/release";
import { deploymentQueries, useRequestRollback } from "./queries";

const SHOWN_FILES = 50;
const MARKS: Record<Change["kind"], { mark: string; className: string }> = {
  added: { mark: "+", className: "text-succeeded" },
  removed: { mark: "−", className: "text-failed" },
  changed: { mark: "~", className: "text-warning" },
};

interface Props {
  serviceName: string;
  /** When absent: the release before the current one. */
  releaseId?: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  trigger?: ReactNode;
}

/** The current and the target release, all differences, one button. */
export function RollbackDialog({ serviceName, releaseId, open, onOpenChange, trigger }: Props) {
  const t = useTranslations("rollback");
  const router = useRouter();
  const sentence = useProblemSentence();
  const request = useRequestRollback();
  const preview = useQuery({ ...deploymentQueries.rollbackPreview(serviceName, releaseId), enabled: open === true });
  const confirm = () =>
    request.mutate(
      { service: serviceName, releaseId: preview.data?.to.id },
      {
        onSuccess: (view) => {
          onOpenChange?.(false);
          toast.succeeded(t("started", { service: serviceName, number: view.number }));
          router.push(`/deployments/${view.id}`);
        },
      },
    );
  return (
    <ConfirmDialog
      wide
      open={open}
      onOpenChange={onOpenChange}
      trigger={trigger}
      title={t("title", { service: serviceName })}
      description={t("description")}
      action={
        preview.data
          ? t("confirm", { number: preview.data.to.deployment.number })
          : t("title", { service: serviceName })
      }
      disabled={!preview.data?.to.restorable}
      busy={request.isPending}
      error={request.error ? sentence(request.error) : undefined}
      onConfirm={confirm}
    >
      <Preview preview={preview.data} error={preview.error} retry={preview.refetch} />
    </ConfirmDialog>
  );
}

function Preview({
  preview,
  error,
  retry,
}: {
  preview: RollbackPreview | undefined;
  error: unknown;
  retry: () => unknown;
}) {
  const t = useTranslations("rollback");
  if (error) return <ErrorPanel error={error} retry={retry} />;
  if (!preview) return <Skeleton className="h-40" />;
  return (
    <>
      <div className="grid items-center gap-2 @lg/page:grid-cols-[1fr_auto_1fr]">
        <ReleaseBox title={t("from")} release={preview.from} />
        <ArrowRight aria-hidden className="mx-auto size-4 text-faint @max-lg/page:rotate-90 rtl:-scale-x-100" />
        <ReleaseBox title={t("to")} release={preview.to} />
      </div>
      {!preview.to.restorable && (
        <p role="alert" className="text-failed">
          {t("notRestorable")}
        </p>
      )}
      <RanCommands preview={preview} />
      <RollbackDifference preview={preview} />
    </>
  );
}

/** The release commands that ran after the target release was created: a rollback does not take back what they changed. */
function RanCommands({ preview: { to, releaseCommands } }: { preview: RollbackPreview }) {
  const t = useTranslations("rollback");
  if (releaseCommands.length === 0) return null;
  return (
    <section className="flex items-start gap-3 rounded-md border border-s-3 border-s-warning bg-background px-3 py-2.5">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <div className="min-w-0">
        <h3 className="font-medium">{t("commandsTitle", { count: releaseCommands.length })}</h3>
        <p className="text-pretty text-muted text-sm">{t("commandsText", { number: to.number })}</p>
        <ul className="mt-1.5 max-h-32 overflow-y-auto text-sm">
          {releaseCommands.map(({ deployment: { id, number }, releaseNumber, run }) => (
            <li key={id}>
              {releaseNumber === null
                ? t("commandOfFailed", { number })
                : t("commandOf", { release: releaseNumber, number })}
              <span className="text-muted">
                {" · "}
                <TimeAgo at={run.startedAt} />
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function ReleaseBox({ title, release }: { title: string; release: ReleaseSummary | null }) {
  const t = useTranslations("rollback");
  return (
    <div className="rounded-md border bg-background px-3 py-2.5">
      <p className="text-faint text-xs">{title}</p>
      {release ? (
        <>
          <p className="font-medium">{t("release", { number: release.number })}</p>
          <p className="text-muted text-sm">
            {t("fromDeployment", { number: release.deployment.number })} · <TimeAgo at={release.createdAt} />
          </p>
        </>
      ) : (
        <p className="text-muted">{t("nothing")}</p>
      )}
    </div>
  );
}

/** The changes of a rollback: configuration, environment names (values stay hidden) and files. */
export function RollbackDifference({ preview }: { preview: RollbackPreview }) {
  const t = useTranslations("rollback");
  const { files, environment, configuration, commits } = preview;
  const shown = files.changes.slice(0, SHOWN_FILES);
  return (
    <div className="divide-y rounded-md border">
      {commits && <Commits {...commits} />}
      <Part title={t("configuration", { count: configuration.length })} count={configuration.length}>
        {configuration.map(({ field, from, to }) => (
          <li key={field} className="grid gap-x-3 py-0.5 @lg/page:grid-cols-[8rem_1fr]">
            <span className="text-muted">{field}</span>
            <span className="break-all">
              <del className="text-failed">{plain(from)}</del>{" "}
              <ins className="text-succeeded no-underline">{plain(to)}</ins>
            </span>
          </li>
        ))}
      </Part>
      <Part title={t("environment", { count: environment.length })} note={t("valuesHidden")} count={environment.length}>
        {environment.map((change) => (
          <ChangeLine key={change.name} {...change} />
        ))}
      </Part>
      <Part title={t("files", { count: files.total })} count={files.total}>
        {shown.map((change) => (
          <ChangeLine key={change.name} {...change} />
        ))}
        {files.total > shown.length && (
          <li className="pt-1 text-faint">{t("moreFiles", { count: files.total - shown.length })}</li>
        )}
      </Part>
    </div>
  );
}

/** The commits that go, and those that come back; a link where only the Git server knows them. */
function Commits({ added, removed, compareUrl }: NonNullable<RollbackPreview["commits"]>) {
  const t = useTranslations("rollback");
  const lines = [
    ...(removed ?? []).map((commit) => ({ ...commit, kind: "removed" as const })),
    ...(added ?? []).map((commit) => ({ ...commit, kind: "added" as const })),
  ];
  const link = compareUrl && <ExternalLink href={compareUrl}>{t("compareCommits")}</ExternalLink>;
  if (added === null && removed === null) return link ? <p className="px-3 py-2">{link}</p> : null;
  return (
    <>
      <Part title={t("commits", { count: lines.length })} count={lines.length}>
        {lines.map(({ id, message, author, kind }) => (
          <ChangeLine key={id} name={`${shortCommit(id)} ${message} · ${author}`} kind={kind} />
        ))}
      </Part>
      {link && lines.length > 0 && <p className="px-3 py-2 text-sm">{link}</p>}
    </>
  );
}

/** A closed part says how much differs; a part without a difference has nothing to open. */
function Part({ title, note, count, children }: { title: string; note?: string; count: number; children: ReactNode }) {
  if (count === 0) return <p className="px-3 py-2 text-faint">{title}</p>;
  return (
    <details open={count <= 12} className="px-3 py-2">
      <summary className="cursor-pointer font-medium">
        {title}
        {note && <span className="ms-2 font-normal text-faint text-sm">{note}</span>}
      </summary>
      <ul dir="ltr" className="figures mt-1.5 max-h-52 overflow-y-auto text-start text-sm">
        {children}
      </ul>
    </details>
  );
}

function ChangeLine({ name, kind }: Change) {
  const t = useTranslations("rollback");
  const { mark, className } = MARKS[kind];
  return (
    <li className="flex gap-2 py-0.5">
      <span aria-hidden className={cn("w-3 shrink-0 text-center", className)}>
        {mark}
      </span>
      <span className="break-all">{name}</span>
      <span className="ms-auto shrink-0 font-sans text-faint">{t(kind)}</span>
    </li>
  );
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
