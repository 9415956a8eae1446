"use client";

import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Link } from "@/components/ui/link";
import { TimeAgo } from "@/components/ui/time";
import type { TargetView } from "@/lib/contracts/target";
import { CheckTarget } from "./check-target";
import { DisableTarget } from "./disable-target";
import { TargetAddress } from "./target-address";
import { TargetBody } from "./target-body";
import { TargetReach } from "./target-reach";

export function TargetCard({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const mayChange = useCan()("target:write");
  const { name, readOnly, lastCheckAt } = target;
  return (
    <article className="overflow-hidden rounded-lg border bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-3">
        <div className="min-w-0 flex-1 basis-56">
          <h2 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 font-medium text-base">
            <Link href={`/targets/${encodeURIComponent(name)}`} className="underline-offset-4 hover:underline">
              <bdi>{name}</bdi>
            </Link>
            <TargetReach target={target} />
            {readOnly && <Badge>{t("readOnly")}</Badge>}
          </h2>
          <p className="text-muted text-sm">
            <TargetAddress target={target} />
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
      <TargetBody target={target} />
    </article>
  );
}
