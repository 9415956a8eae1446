import { useFormatter, useTranslations } from "next-intl";
import { Tooltip } from "@/components/ui/tooltip";
import type { OverviewDay } from "@/lib/contracts/overview";

/** Every second day is named, the last one always: the names of all would not fit beside each other. */
const NAMED_EVERY = 2;

/** What succeeded and what failed, stacked, a column a day. Time runs the way one reads; colours are the theme's. */
export function ActivityChart({ days }: { days: readonly OverviewDay[] }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  const most = Math.max(1, ...days.map(({ succeeded, failed }) => succeeded + failed));
  const dayName = (day: string) =>
    format.dateTime(new Date(`${day}T12:00:00Z`), { day: "numeric", month: "short", timeZone: "UTC" });
  const isNamed = (index: number) => (days.length - 1 - index) % NAMED_EVERY === 0;
  return (
    <div className="relative flex h-full items-stretch gap-1 pt-4">
      <span className="absolute start-0 top-0 text-[0.6875rem] text-faint tabular-nums leading-none">{most}</span>
      {days.map(({ day, succeeded, failed }, index) => (
        <div key={day} className="flex min-w-0 flex-1 flex-col">
          <Tooltip text={`${dayName(day)}: ${t("dayTip", { succeeded, failed })}`}>
            <svg
              aria-hidden
              className="min-h-0 w-full flex-1 border-b hover:bg-subtle"
              preserveAspectRatio="none"
              viewBox={`0 0 10 ${most}`}
            >
              <rect x="1" width="8" y={most - succeeded} height={succeeded} className="fill-succeeded" />
              <rect x="1" width="8" y={most - succeeded - failed} height={failed} className="fill-failed" />
            </svg>
          </Tooltip>
          <span className="flex h-5 justify-center overflow-visible whitespace-nowrap pt-1 text-[0.6875rem] text-faint leading-4">
            {isNamed(index) && dayName(day)}
          </span>
        </div>
      ))}
    </div>
  );
}
