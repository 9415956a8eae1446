import { useTranslations } from "next-intl";
import type { DeploymentView } from "@/lib/contracts/deployment";

/** Says what changed, politely and once, to those who cannot see it move. */
export function Announcer({ view }: { view: DeploymentView }) {
  const t = useTranslations();
  const phase = view.phases.findLast(({ status }) => status !== "pending" && status !== "undone");
  const state = t("deployment.nowState", {
    service: view.service.name,
    number: view.number,
    state: t(`states.${view.state}`),
  });
  const step =
    phase && t("deployment.nowPhase", { phase: t(`phases.${phase.key}`), status: t(`phaseStatus.${phase.status}`) });
  return (
    <p aria-live="polite" className="sr-only">
      {[state, step].filter(Boolean).join(". ")}
    </p>
  );
}
