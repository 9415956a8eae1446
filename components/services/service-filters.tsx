import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { targetQueries } from "@/components/targets/queries";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/input";
import { SearchBox } from "@/components/ui/search-box";
import { SERVICE_STATUSES } from "@/lib/contracts/service-status";
import type { ServiceFilter } from "./queries";

interface Props {
  filter: ServiceFilter;
  onChange: (change: Record<string, string | undefined>) => void;
  /** Absent while there is nothing to clear. */
  onClear: (() => void) | undefined;
}

export function ServiceFilters({ filter, onChange, onClear }: Props) {
  const t = useTranslations("services");
  const targets = useQuery(targetQueries.list()).data ?? [];
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      <SearchBox
        label={t("search")}
        value={filter.search ?? ""}
        onChange={(search) => onChange({ search })}
        className="w-full @lg/page:w-64"
      />
      <Select
        compact
        aria-label={t("state")}
        value={filter.status ?? ""}
        onChange={({ target }) => onChange({ status: target.value })}
      >
        <option value="">{t("allStatuses")}</option>
        {SERVICE_STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`statuses.${status}`)}
          </option>
        ))}
      </Select>
      {(targets.length > 1 || filter.target) && (
        <Select
          compact
          aria-label={t("target")}
          value={filter.target ?? ""}
          onChange={({ target }) => onChange({ target: target.value })}
        >
          <option value="">{t("allTargets")}</option>
          {targets.map(({ id, name }) => (
            <option key={id}>{name}</option>
          ))}
        </Select>
      )}
      {onClear && (
        <Button variant="ghost" onClick={onClear}>
          {t("clearFilters")}
        </Button>
      )}
    </div>
  );
}
