"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { ErrorPanel } from "@/components/ui/error-panel";
import { ltr, useQuantities } from "@/components/ui/quantities";
import { Skeleton } from "@/components/ui/skeleton";
import { Tooltip } from "@/components/ui/tooltip";
import { MINUTE_MS, type ServiceUsage, type UsageFigure } from "@/lib/contracts/usage";
import { serviceQueries } from "./queries";
import { hourlyMax, inQuarters, placed, usageLine } from "./usage-line";

/** CPU and memory of the last day, with restarts and deployments. Nothing where a platform tells no figures. */
export function UsageCard({ name }: { name: string }) {
  const t = useTranslations("service.usage");
  const { data, error, refetch } = useQuery(serviceQueries.usage(name));
  if (data && !data.cpu.isTold && !data.memory.isTold && data.cpu.max === null && data.memory.max === null) return null;
  return (
    <Card title={t("title")} className="@4xl/page:col-span-2">
      {data ? (
        <Charts usage={data} />
      ) : error ? (
        <ErrorPanel error={error} retry={refetch} />
      ) : (
        <Skeleton className="h-36" />
      )}
    </Card>
  );
}

type Write = (figure: number) => string;

function useWriters(): { cpu: Write; memory: Write } {
  const format = useFormatter();
  const { bytes } = useQuantities();
  return {
    cpu: (percent) => ltr(format.number(percent / 100, "percent")),
    memory: (figure) => ltr(bytes(figure)),
  };
}

function Charts({ usage }: { usage: ServiceUsage }) {
  const t = useTranslations("service.usage");
  const write = useWriters();
  if (usage.cpu.max === null && usage.memory.max === null && usage.restarts.length === 0)
    return <p className="text-muted">{t("none")}</p>;
  return (
    <>
      <div className="grid gap-x-8 gap-y-5 *:min-w-0 @2xl/page:grid-cols-2">
        <Chart label={t("cpu")} figure={usage.cpu} write={write.cpu} usage={usage} />
        <Chart label={t("memory")} figure={usage.memory} write={write.memory} usage={usage} />
      </div>
      <Hours usage={usage} />
    </>
  );
}

interface ChartProps {
  label: string;
  figure: UsageFigure;
  write: Write;
  usage: ServiceUsage;
}

/** The drawing is hidden from screen readers, which have the table. */
function Chart({ label, figure, write, usage }: ChartProps) {
  const t = useTranslations("service.usage");
  const { isTold, latest, max, minutes } = figure;
  return (
    <figure>
      <figcaption className="flex flex-wrap items-baseline gap-x-2">
        <span className="text-muted">{label}</span>
        <span className="figures font-medium">{latest === null ? "–" : write(latest)}</span>
        {max !== null && <span className="text-faint text-sm">{t("max", { figure: write(max) })}</span>}
      </figcaption>
      {max === null ? (
        <p className="mt-2 text-muted text-sm">{t(isTold ? "none" : "untold")}</p>
      ) : (
        <div aria-hidden className="mt-1">
          <div className="relative pt-5">
            <Drawing minutes={minutes} max={max} />
            <Marks usage={usage} />
          </div>
          <Axis usage={usage} />
        </div>
      )}
    </figure>
  );
}

/** Time runs in reading direction. */
function Drawing({ minutes, max }: { minutes: UsageFigure["minutes"]; max: number }) {
  const { line, area } = usageLine(minutes, max === 0 ? 1 : max);
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${minutes.length - 1} 100`}
      preserveAspectRatio="none"
      className="block h-20 w-full overflow-visible border-b border-line-strong text-accent-text rtl:-scale-x-100"
    >
      <path d={area} fill="currentColor" opacity={0.12} />
      <path
        d={line}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

function lengthOf({ cpu }: ServiceUsage): number {
  return (cpu.minutes.length - 1) * MINUTE_MS;
}

const percent = (place: number) => `${place * 100}%`;

/** A line for each deployment, and a dot for restarts. */
function Marks({ usage }: { usage: ServiceUsage }) {
  const t = useTranslations("service.usage");
  const format = useFormatter();
  const span = { fromMs: Date.parse(usage.from), lengthMs: lengthOf(usage) };
  const time = (at: string) => format.dateTime(new Date(at), "moment");
  return (
    <>
      {placed(usage.deployments, span).map(({ number, at, place, isClose }) => (
        <Tooltip key={number} text={t("deployment", { number, time: time(at) })}>
          <span
            className="absolute inset-y-0 border-line-strong border-s border-dashed"
            style={{ insetInlineStart: percent(place) }}
          >
            <span className={cn("absolute top-0 text-faint text-xs", place > 0.9 ? "end-1" : "start-1")}>
              {!isClose && ltr(`#${number}`)}
            </span>
          </span>
        </Tooltip>
      ))}
      {placed(inQuarters(usage.restarts), span).map(({ at, count, place }) => (
        <Tooltip key={at} text={t("restarted", { count, time: time(at) })}>
          <span
            className="absolute -bottom-1 -ms-1 size-2 rounded-full bg-warning ring-2 ring-surface"
            style={{ insetInlineStart: percent(place) }}
          />
        </Tooltip>
      ))}
    </>
  );
}

/** The times at the start, in the middle and at the end. */
function Axis({ usage }: { usage: ServiceUsage }) {
  const t = useTranslations("service.usage");
  const format = useFormatter();
  const fromMs = Date.parse(usage.from);
  return (
    <p className="mt-1.5 flex justify-between text-faint text-xs tabular-nums">
      <span>{format.dateTime(fromMs, "moment")}</span>
      <span>
        {format.dateTime(fromMs + lengthOf(usage) / 2, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}
      </span>
      <span>{t("now")}</span>
    </p>
  );
}

/** The charts for screen readers: the highest figures of each hour, its restarts and deployments. */
function Hours({ usage }: { usage: ServiceUsage }) {
  const t = useTranslations("service.usage");
  const format = useFormatter();
  const write = useWriters();
  const fromMs = Date.parse(usage.from);
  const [cpu, memory] = [hourlyMax(usage.cpu.minutes), hourlyMax(usage.memory.minutes)];
  const within = <Event extends { at: string }>(events: readonly Event[], hour: number) =>
    events.filter(({ at }) => Math.floor((Date.parse(at) - fromMs) / (60 * MINUTE_MS)) === hour);
  const written = (figure: number | null | undefined, writer: Write) =>
    figure == null ? t("unknown") : writer(figure);
  return (
    <div className="sr-only">
      <table>
        <caption>{t("table")}</caption>
        <thead>
          <tr>
            {(["hour", "cpu", "memory", "restarts", "deployments"] as const).map((column) => (
              <th key={column} scope="col">
                {t(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cpu.map((highest, hour) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the hours of a day are in order
            <tr key={hour}>
              <th scope="row">{format.dateTime(fromMs + hour * 60 * MINUTE_MS, "moment")}</th>
              <td>{written(highest, write.cpu)}</td>
              <td>{written(memory[hour], write.memory)}</td>
              <td>{within(usage.restarts, hour).reduce((sum, { count }) => sum + count, 0)}</td>
              <td>
                {within(usage.deployments, hour)
                  .map(({ number }) => `#${number}`)
                  .join(" ") || "–"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
