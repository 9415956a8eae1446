import { useTranslations } from "next-intl";
import type { Overview } from "@/lib/contracts/overview";

/** Is it fine? In one sentence, said again when it changes. */
export function Summary({ view: { services, running } }: { view: Overview }) {
  const t = useTranslations("overview");
  const { down, failed, serving, idle } = services.standings;
  const words = { failed, serving, idle, total: services.total };
  const isQuiet = down > 0 && failed === 0;
  return (
    <span aria-live="polite">
      {down > 0 && <span className="font-medium text-failed">{t("summaryDown", { down })} </span>}
      {!isQuiet && t(failed > 0 ? "summaryFailed" : serving > 0 ? "summaryServing" : "summaryIdle", words)}
      {running.total > 0 && <> {t("summaryRunning", { count: running.total })}</>}
    </span>
  );
}
