"use client";

import { Stethoscope } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { TimeAgo } from "@/components/ui/time";
import { Tooltip } from "@/components/ui/tooltip";
import type { HealthProbe } from "@/lib/contracts/health-check";
import type { ServiceDetail } from "@/lib/contracts/service";
import { useCheckHealth, useHealthProbes } from "./queries";
import { Uptime } from "./uptime-strip";

/** The health of the last days, and a test of the check: one request to the health path, and exactly its answer. */
export function HealthCard({ service }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const sentence = useProblemSentence();
  const probes = useHealthProbes(service.name);
  const check = useCheckHealth(service.name);
  const last = probes.at(-1);
  const button = (
    <Button busy={check.isPending} onClick={() => check.mutate()}>
      <Stethoscope aria-hidden />
      {t("testNow")}
    </Button>
  );
  return (
    <Card title={t("health")} actions={button}>
      <Uptime name={service.name} />
      <p className="mt-4 text-muted text-sm">
        {t.rich("healthAsks", {
          path: () => <code className="figures text-[0.92em] text-foreground">{service.healthPath}</code>,
        })}{" "}
        {!service.healthPathChosen && t(service.healthPath === "/" ? "healthAtRoot" : "healthUsual")}
      </p>
      {check.error && (
        <p role="alert" className="mt-3 text-failed text-sm">
          {sentence(check.error)}
        </p>
      )}
      <div aria-live="polite">{last && <LastProbe probe={last} />}</div>
      {probes.length > 1 && <ProbeStrip probes={probes} />}
    </Card>
  );
}

function LastProbe({ probe }: { probe: HealthProbe }) {
  const t = useTranslations("service");
  const outcome = probe.ok ? "probeGood" : probe.status === null ? "probeSilent" : "probeBad";
  return (
    <div className="mt-3">
      <p
        className={cn("flex flex-wrap items-baseline gap-x-2 font-medium", probe.ok ? "text-succeeded" : "text-failed")}
      >
        {t(outcome)}
        <span className="figures font-normal text-[0.92em] text-muted">
          {[probe.status ?? probe.error, `${Math.round(probe.durationMs)} ms`]
            .filter((part) => part !== null)
            .join(" · ")}
        </span>
        <TimeAgo at={probe.at} className="font-normal text-faint text-sm" />
      </p>
      {probe.bodyStart && (
        <pre
          dir="ltr"
          className="figures mt-2 max-h-28 overflow-auto whitespace-pre-wrap break-all rounded-md bg-subtle px-3 py-2 text-start text-muted text-xs"
        >
          {probe.bodyStart}
        </pre>
      )}
    </div>
  );
}

/** Oldest first; the newest is at the end. */
function ProbeStrip({ probes }: { probes: readonly HealthProbe[] }) {
  const t = useTranslations("service");
  return (
    <ol aria-label={t("probes")} className="mt-3 flex gap-1">
      {probes.map((probe) => (
        <li key={probe.at}>
          <Tooltip text={`${probe.status ?? probe.error} · ${Math.round(probe.durationMs)} ms`}>
            <span className={cn("block h-4 w-1.5 rounded-sm", probe.ok ? "bg-succeeded" : "bg-failed")}>
              <span className="sr-only">{t(probe.ok ? "probeGood" : "probeBad")}</span>
            </span>
          </Tooltip>
        </li>
      ))}
    </ol>
  );
}
