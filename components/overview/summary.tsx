import { useTranslations } from "next-intl";
import type { Overview } from "@/lib/contracts/overview";

/** Is it fine? In one sentence, said again when it changes. */
export function Summary({ view: { services, running } }: { view: Overview }) {
  const t = useTranslations("overview");
  const { total, statuses } = services;
  const { down, failed, live } = statuses;
  const isFine = down === 0 && failed === 0;
  return (
    <span aria-live="polite">
      {down > 0 && <span className="font-medium text-failed">{t("summaryDown", { down })} </span>}
      {failed > 0 && t("summaryFailed", { failed })}
      {isFine && live === 0 && t("summaryIdle")}
      {isFine &&
        live > 0 &&
        (live === total ? t("summaryServing", { serving: live }) : t("summaryLive", { live, total }))}
      {running.total > 0 && <> {t("summaryRunning", { count: running.total })}</>}
    </span>
  );
}
