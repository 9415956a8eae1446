import { Hourglass } from "lucide-react";
import { useTranslations } from "next-intl";
import type { DeploymentView } from "@/lib/contracts/deployment";

export function QueuePanel({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  if (view.state !== "queued" || view.position === null) return null;
  return (
    <div className="flex items-start gap-3 rounded-lg border bg-surface px-4 py-3">
      <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-queued" />
      <div>
        <p className="font-medium">{t("position", { position: view.position, service: view.service.name })}</p>
        <p className="text-muted">{t("positionText")}</p>
      </div>
    </div>
  );
}
