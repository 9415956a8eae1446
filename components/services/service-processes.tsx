import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { PUBLIC_TYPE } from "@/lib/contracts/process-type";
import type { RuntimeState, ServiceDetail } from "@/lib/contracts/service";
import { processRowsOf } from "./process-values";

interface Row {
  type: string;
  copies: number;
  running: number;
  restarts: number;
}

/** What runs of a service with several process types, and those that are turned off. Nothing for one with `web` alone. */
export function ServiceProcesses({ state, settings }: { state: RuntimeState; settings: ServiceDetail["settings"] }) {
  const t = useTranslations("service");
  const off = processRowsOf(settings.processes).filter(({ replicas }) => Number(replicas) === 0);
  const rows = rowsOf(state);
  const idle = off.filter(({ type }) => rows.every((row) => row.type !== type));
  if (rows.length + idle.length === 1) return null;
  return (
    <section className="mt-4 border-t pt-3">
      <h3 className="text-faint text-xs">{t("processes")}</h3>
      <ul className="mt-1 flex flex-col gap-1">
        {rows.map(({ type, copies, running, restarts }) => (
          <li key={type} className="flex flex-wrap items-baseline gap-x-3">
            <span className="min-w-24">
              <bdi className="figures">{type}</bdi>
            </span>
            <span className={cn("tabular-nums", running < copies && "text-failed")}>
              {t("copiesRunning", { running, count: copies })}
            </span>
            {restarts > 0 && (
              <span className="text-sm text-warning tabular-nums">{t("processRestarts", { count: restarts })}</span>
            )}
          </li>
        ))}
        {idle.map(({ type }) => (
          <li key={type} className="flex flex-wrap items-baseline gap-x-3 text-faint">
            <span className="min-w-24">
              <bdi className="figures">{type}</bdi>
            </span>
            {t("processOff")}
          </li>
        ))}
      </ul>
    </section>
  );
}

function rowsOf({ state, restarts, processes }: RuntimeState): Row[] {
  const web = { type: PUBLIC_TYPE, copies: 1, running: state === "running" ? 1 : 0, restarts };
  const types = [...new Set(processes.map(({ type }) => type))];
  const others = types.map((type): Row => {
    const copies = processes.filter((worker) => worker.type === type);
    return {
      type,
      copies: copies.length,
      running: copies.filter((copy) => copy.state === "running").length,
      restarts: copies.reduce((total, copy) => total + copy.restarts, 0),
    };
  });
  return [web, ...others];
}
