import { useTranslations } from "next-intl";
import { ltr, useQuantities } from "@/components/ui/quantities";
import type { TargetCheck } from "@/lib/contracts/target";
import { Fact } from "./fact";

const NEARLY_FULL = 0.9;

/** What the machine has, as the last look saw it; of one over the network how quickly it answers, too. */
export function MachineFacts({ check, isRemote }: { check: TargetCheck; isRemote: boolean }) {
  const t = useTranslations("targets");
  const { cores, os, latencyMs } = check;
  return (
    <>
      {isRemote && (
        <Fact label={t("latency")}>
          <span className="figures">{latencyMs === null ? "–" : `${latencyMs} ms`}</span>
        </Fact>
      )}
      <Fact label={t("disk")}>
        <Amount free={check.diskFreeBytes} total={check.diskTotalBytes} />
      </Fact>
      <Fact label={t("memory")}>
        <Amount free={check.memoryFreeBytes} total={check.memoryTotalBytes} />
      </Fact>
      <Fact label={t("system")}>
        <span className="min-w-0">
          <bdi className="block">{os ?? "–"}</bdi>
          {cores !== null && <span className="block text-faint text-sm">{t("cores", { count: cores })}</span>}
        </span>
      </Fact>
    </>
  );
}

/** How much is left, as a number and as a bar that fills up. */
function Amount({ free, total }: { free: number | null; total: number | null }) {
  const t = useTranslations("targets");
  const quantities = useQuantities();
  if (free === null) return <span className="figures">–</span>;
  const used = total ? Math.min(1, Math.max(0, 1 - free / total)) : null;
  return (
    <span className="w-full max-w-44">
      <span className="block whitespace-nowrap tabular-nums">
        {total === null
          ? ltr(quantities.bytes(free))
          : t("freeOf", { free: ltr(quantities.bytes(free)), total: ltr(quantities.bytes(total)) })}
      </span>
      {used !== null && (
        <span aria-hidden className="mt-1.5 block h-1 overflow-hidden rounded-full bg-subtle">
          <span
            className={used > NEARLY_FULL ? "block h-full bg-warning" : "block h-full bg-line-strong"}
            style={{ width: `${(used * 100).toFixed(1)}%` }}
          />
        </span>
      )}
    </span>
  );
}
