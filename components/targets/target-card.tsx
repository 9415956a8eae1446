"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { formatBytes } from "@/components/ui/format-bytes";
import { TimeAgo } from "@/components/ui/time-ago";
import { useCan } from "@/lib/client/viewer";
import type { TargetView } from "@/lib/contracts/target";
import { CheckTarget } from "./check-target";
import { ConcurrencySelect } from "./concurrency-select";
import { DisableTarget } from "./disable-target";
import { TargetReach } from "./target-reach";
import { TargetTools } from "./target-tools";

export function TargetCard({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const mayChange = useCan()("target:write");
  const { name, kind, readOnly, lastCheck, lastCheckAt, services } = target;
  return (
    <article className="rounded-lg border bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-3">
        <div className="min-w-0 flex-1 basis-56">
          <h2 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 font-medium text-base">
            <bdi>{name}</bdi>
            <TargetReach target={target} />
            {readOnly && <Badge>{t("readOnly")}</Badge>}
          </h2>
          <p className="text-muted text-sm">
            {t(`kinds.${kind}`)}
            {lastCheckAt && (
              <>
                {" · "}
                {t.rich("checkedWhen", { when: () => <TimeAgo at={lastCheckAt} /> })}
              </>
            )}
          </p>
        </div>
        {mayChange && (
          <div className="flex gap-2">
            <DisableTarget target={target} />
            <CheckTarget name={name} />
          </div>
        )}
      </header>
      {lastCheck?.problem && (
        <p role="alert" className="border-b px-4 py-2.5 text-failed text-sm wash-failed">
          {t("notReached")} <code className="figures break-all">{lastCheck.problem}</code>
        </p>
      )}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 p-4 md:grid-cols-4">
        <Fact label={t("services")}>
          <Link
            href={`/services?target=${encodeURIComponent(name)}`}
            className="text-accent-text tabular-nums underline-offset-4 hover:underline"
          >
            {t("serviceCount", { count: services })}
          </Link>
        </Fact>
        <Fact label={t("concurrency")}>
          {mayChange ? <ConcurrencySelect target={target} /> : t("atOnce", { count: target.concurrency })}
        </Fact>
        <Fact label={t("diskFree")}>{amount(lastCheck?.diskFreeBytes)}</Fact>
        <Fact label={t("memoryFree")}>{amount(lastCheck?.memoryFreeBytes)}</Fact>
      </dl>
      {lastCheck && <TargetTools tools={lastCheck.tools} />}
    </article>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-faint text-xs">{label}</dt>
      <dd className="mt-1 flex min-h-8 items-center">{children}</dd>
    </div>
  );
}

function amount(bytes: number | null | undefined): ReactNode {
  return <span className="figures text-[0.92em]">{bytes == null ? "–" : formatBytes(bytes)}</span>;
}
