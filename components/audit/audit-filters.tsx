import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/input";
import { SearchBox } from "@/components/ui/search-box";
import { userQueries } from "@/components/users/queries";
import type { AuditFilter } from "./queries";

/** The kinds of subjects in the audit trail: the part of an action before its dot. */
const AUDITED_KINDS = [
  "service",
  "deployment",
  "environment",
  "target",
  "token",
  "user",
  "droplet",
  "upload",
  "image-registry",
  "backup",
  "template",
  "stack",
] as const;

interface Props {
  filter: AuditFilter;
  onChange: (change: Record<string, string | undefined>) => void;
  /** Absent while there is nothing to clear. */
  onClear: (() => void) | undefined;
}

export function AuditFilters({ filter, onChange, onClear }: Props) {
  const t = useTranslations("audit");
  const users = useQuery(userQueries.everybody()).data ?? [];
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      <SearchBox
        label={t("searchSubject")}
        value={filter.subject ?? ""}
        onChange={(subject) => onChange({ subject })}
        className="w-full @lg/page:w-64"
      />
      <Select
        compact
        aria-label={t("what")}
        value={filter.action ?? ""}
        onChange={({ target }) => onChange({ action: target.value })}
      >
        <option value="">{t("everything")}</option>
        {AUDITED_KINDS.map((kind) => (
          <option key={kind} value={`${kind}.*`}>
            {t(`kinds.${kind}`)}
          </option>
        ))}
      </Select>
      <Select
        compact
        aria-label={t("who")}
        value={filter.actor ?? ""}
        onChange={({ target }) => onChange({ actor: target.value })}
      >
        <option value="">{t("everybody")}</option>
        {users.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
      <span className="flex items-center gap-1.5 text-faint text-sm">
        <Input
          type="date"
          aria-label={t("from")}
          value={filter.from ?? ""}
          max={filter.to}
          onChange={({ target }) => onChange({ from: target.value })}
          className="h-8 w-36 px-2 text-sm"
        />
        <span aria-hidden>–</span>
        <Input
          type="date"
          aria-label={t("to")}
          value={filter.to ?? ""}
          min={filter.from}
          onChange={({ target }) => onChange({ to: target.value })}
          className="h-8 w-36 px-2 text-sm"
        />
      </span>
      {onClear && (
        <Button variant="ghost" onClick={onClear}>
          {t("clearFilters")}
        </Button>
      )}
    </div>
  );
}

/** `service.create` as a message key: a dot would separate levels of the messages. */
export function actionKey(action: string): string {
  return action.replace(".", "_");
}

/** The address of the subject's page or list; null for a subject without one. */
export function subjectAddress({ type, name }: { type: string; name: string | null }): string | null {
  if (name === null) return null;
  if (["service", "target", "template", "stack"].includes(type)) return `/${type}s/${encodeURIComponent(name)}`;
  const lists: Record<string, string> = {
    user: "/users",
    token: "/tokens",
    "image-registry": "/image-registries",
    backup: "/backups",
  };
  return lists[type] ?? null;
}
