"use client";

import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { TimeAgo } from "@/components/ui/time";
import type { TargetView } from "@/lib/contracts/target";
import { CheckTarget } from "./check-target";
import { PreflightOutcome } from "./preflight-result";
import { PreflightSteps } from "./preflight-steps";

/** The last pre-flight of a Dokploy server, when it was, and another one at a press. */
export function PreflightCard({ target: { name, lastCheck, lastCheckAt } }: { target: TargetView }) {
  const t = useTranslations();
  const mayCheck = useCan()("target:write");
  const steps = lastCheck?.preflight ?? [];
  return (
    <Card
      flush
      className="overflow-hidden"
      title={t("dokploy.preflight.title")}
      description={
        lastCheckAt
          ? t.rich("targets.checkedWhen", { when: () => <TimeAgo at={lastCheckAt} /> })
          : t("dokploy.preflight.text")
      }
      actions={mayCheck && <CheckTarget name={name} />}
    >
      <div aria-live="polite">
        {steps.length === 0 ? (
          <p className="px-4 py-3 text-muted">{t("dokploy.preflight.never")}</p>
        ) : (
          <>
            <PreflightOutcome steps={steps} className="border-b" />
            <PreflightSteps steps={steps} />
          </>
        )}
      </div>
    </Card>
  );
}
