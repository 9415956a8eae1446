"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Direction } from "radix-ui";
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { OverviewDay } from "@/lib/contracts/overview";

const tick = { fill: "var(--faint)", fontSize: 11 };

/** Time runs the way one reads. The theme's own colours are given as variables, so that it changes with it. */
export function ActivityChart({ days }: { days: readonly OverviewDay[] }) {
  const format = useFormatter();
  const isRightToLeft = Direction.useDirection() === "rtl";
  const dayName = (day: string) =>
    format.dateTime(new Date(`${day}T12:00:00Z`), { day: "numeric", month: "short", timeZone: "UTC" });
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart
        data={[...days]}
        margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
        barCategoryGap="22%"
        accessibilityLayer={false}
      >
        <XAxis
          dataKey="day"
          reversed={isRightToLeft}
          tickFormatter={dayName}
          tick={tick}
          tickLine={false}
          axisLine={{ stroke: "var(--line)" }}
          interval="equidistantPreserveStart"
          minTickGap={24}
        />
        <YAxis
          orientation={isRightToLeft ? "right" : "left"}
          width={26}
          allowDecimals={false}
          tick={tick}
          tickLine={false}
          axisLine={false}
          tickCount={3}
        />
        <Tooltip
          cursor={{ fill: "var(--subtle)" }}
          isAnimationActive={false}
          content={({ active, payload }) =>
            active && <DayTip day={(payload[0]?.payload as OverviewDay | undefined) ?? null} name={dayName} />
          }
        />
        <Bar dataKey="succeeded" stackId="day" fill="var(--succeeded)" isAnimationActive={false} />
        <Bar dataKey="failed" stackId="day" fill="var(--failed)" isAnimationActive={false} />
      </BarChart>
    </ResponsiveContainer>
  );
}

function DayTip({ day, name }: { day: OverviewDay | null; name: (day: string) => string }) {
  const t = useTranslations("overview");
  if (day === null) return null;
  return (
    <div className="rounded-md border bg-surface px-2.5 py-1.5 text-xs shadow-float">
      <p className="font-medium">{name(day.day)}</p>
      <p className="text-muted">{t("dayTip", { succeeded: day.succeeded, failed: day.failed })}</p>
    </div>
  );
}
