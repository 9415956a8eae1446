import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { allItems } from "@/lib/client/paged";
import { serviceQueries } from "@/lib/client/services";
import { DEPLOYMENT_KINDS, DEPLOYMENT_STATES, type DeploymentFilter } from "@/lib/contracts/deployment";

interface Props {
  filter: DeploymentFilter;
  onChange: (change: Record<string, string | undefined>) => void;
  /** Absent while there is nothing to clear. */
  onClear: (() => void) | undefined;
}

export function DeploymentFilters({ filter, onChange, onClear }: Props) {
  const t = useTranslations();
  const services = allItems(useInfiniteQuery(serviceQueries.list()).data) ?? [];
  const names = new Set([...services.map(({ name }) => name), ...(filter.service ? [filter.service] : [])]);
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
      <Select
        compact
        aria-label={t("deployments.service")}
        value={filter.service ?? ""}
        onChange={({ target }) => onChange({ service: target.value })}
      >
        <option value="">{t("deployments.allServices")}</option>
        {[...names].map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
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
