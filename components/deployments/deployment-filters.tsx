import { useTranslations } from "next-intl";
import { ServicePicker } from "@/components/services/service-picker";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import type { DeploymentFilter } from "@/lib/contracts/deployment";
import { DEPLOYMENT_KINDS, DEPLOYMENT_STATES } from "@/lib/contracts/deployment-state";

interface Props {
  filter: DeploymentFilter;
  onChange: (change: Record<string, string | undefined>) => void;
  /** Absent while there is nothing to clear. */
  onClear: (() => void) | undefined;
}

export function DeploymentFilters({ filter, onChange, onClear }: Props) {
  const t = useTranslations();
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      <Select
        compact
        aria-label={t("deployments.state")}
        value={filter.state ?? ""}
        onChange={({ target }) => onChange({ state: target.value })}
      >
        <option value="">{t("deployments.allStates")}</option>
        {DEPLOYMENT_STATES.map((state) => (
          <option key={state} value={state}>
            {t(`states.${state}`)}
          </option>
        ))}
      </Select>
      <ServicePicker
        label={t("deployments.service")}
        value={filter.service ?? ""}
        onChange={(service) => onChange({ service })}
        className="w-48"
      />
      <Select
        compact
        aria-label={t("deployments.kind")}
        value={filter.kind ?? ""}
        onChange={({ target }) => onChange({ kind: target.value })}
      >
        <option value="">{t("deployments.allKinds")}</option>
        {DEPLOYMENT_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`kinds.${kind}`)}
          </option>
        ))}
      </Select>
      {onClear && (
        <Button variant="ghost" onClick={onClear}>
          {t("deployments.clearFilters")}
        </Button>
      )}
    </div>
  );
}
