import { Clock, Info, Rocket } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { cn } from "@/components/ui/cn";
import type { ServiceDetail } from "@/lib/contracts/service";
import { DeployButton } from "./deploy-button";
import { isChanging } from "./service-status";

/** Nothing that runs is touched by a change; the deployment that brings it is one press away. */
export function NextDeployment({ service, isWaiting }: { service: ServiceDetail; isWaiting: boolean }) {
  const t = useTranslations("service");
  const mayDeploy = useCan()("deployment:create", { ownerId: service.owner.id }) && !isChanging(service);
  const Icon = isWaiting ? Clock : Info;
  return (
    <div
      className={cn(
        "flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border bg-surface px-4 py-2.5",
        isWaiting && "border-s-3 border-s-accent-text",
      )}
    >
      <Icon aria-hidden className={cn("size-4 shrink-0", isWaiting ? "text-accent-text" : "text-faint")} />
      <p className="min-w-0 flex-1 basis-64 text-muted">{t(isWaiting ? "changesWait" : "changesNote")}</p>
      {mayDeploy && isWaiting && (
        <DeployButton service={service.name} size="sm" variant="primary">
          <Rocket aria-hidden />
          {t("deploy")}
        </DeployButton>
      )}
    </div>
  );
}
