"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Card } from "@/components/ui/card";
import type { OverviewDay } from "@/lib/contracts/overview";
import { ActivityChart } from "./activity-chart";

/** Deployments per day; what the picture shows is in a table for who cannot see it. */
export function Activity({ days }: { days: readonly OverviewDay[] }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  return (
    <Card title={t("perDay")}>
      <div aria-hidden className="h-40">
        <ActivityChart days={days} />
      </div>
      <p aria-hidden className="mt-2 flex gap-4 text-muted text-xs">
        <Legend className="bg-succeeded">{t("succeeded")}</Legend>
        <Legend className="bg-failed">{t("failedDays")}</Legend>
      </p>
      <table className="sr-only">
        <caption>{t("perDay")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("day")}</th>
            <th scope="col">{t("succeeded")}</th>
            <th scope="col">{t("failedDays")}</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, succeeded, failed }) => (
            <tr key={day}>
              <th scope="row">
                {format.dateTime(new Date(`${day}T12:00:00Z`), { day: "numeric", month: "long", timeZone: "UTC" })}
              </th>
              <td>{succeeded}</td>
              <td>{failed}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Legend({ className, children }: { className: string; children: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span className={`size-2 rounded-sm ${className}`} />
      {children}
    </span>
  );
}
