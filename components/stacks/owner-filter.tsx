import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useViewer } from "@/components/layout/viewer";
import { Select } from "@/components/ui/input";
import { userQueries } from "@/components/users/queries";

/** Whose stacks are shown, for who may see everybody's. */
export function OwnerFilter({
  owner,
  onChange,
}: {
  owner: string | undefined;
  onChange: (owner: string | undefined) => void;
}) {
  const t = useTranslations("stacks");
  const viewer = useViewer();
  const others = (useQuery(userQueries.everybody()).data ?? []).filter(({ id }) => id !== viewer.id);
  return (
    <div className="mb-3">
      <Select
        compact
        aria-label={t("owner")}
        value={owner ?? ""}
        onChange={({ target }) => onChange(target.value || undefined)}
      >
        <option value="">{t("everyone")}</option>
        <option value={viewer.id}>{t("mine")}</option>
        {others.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </div>
  );
}
