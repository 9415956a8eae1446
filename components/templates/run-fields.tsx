import { useTranslations } from "next-intl";
import { fieldSentence } from "@/components/api/problem-sentence";
import { PlainField } from "@/components/targets/plain-field";
import type { TemplateProps } from "./template-props";

/** How a container of it runs, and how to tell that it is well. */
export function RunFields({ draft, set, error }: TemplateProps) {
  const t = useTranslations("templateForm");
  return (
    <div className="grid gap-4 @lg/page:grid-cols-2">
      <PlainField
        label={t("port")}
        hint={t("portHint")}
        error={fieldSentence(error, "port")}
        value={draft.port}
        onChange={(port) => set({ port })}
        inputMode="numeric"
        placeholder="8080"
      />
      <PlainField
        label={t("healthPath")}
        hint={t("healthPathHint")}
        error={fieldSentence(error, "healthPath")}
        value={draft.healthPath}
        onChange={(healthPath) => set({ healthPath })}
        placeholder="/health"
      />
      <div className="sm:col-span-2">
        <PlainField
          label={t("healthCommand")}
          hint={t("healthCommandHint")}
          optional={t("healthCommandOptional")}
          error={fieldSentence(error, "healthCommand")}
          value={draft.healthCommand}
          onChange={(healthCommand) => set({ healthCommand })}
          placeholder="curl -fsS localhost:8080/health"
        />
      </div>
      <PlainField
        label={t("memoryMb")}
        optional={t("memoryUnit")}
        error={fieldSentence(error, "limits", "memoryMb")}
        value={draft.memoryMb}
        onChange={(memoryMb) => set({ memoryMb })}
        inputMode="numeric"
        placeholder="2048"
      />
      <PlainField
        label={t("cpus")}
        optional={t("cpusUnit")}
        error={fieldSentence(error, "limits", "cpus")}
        value={draft.cpus}
        onChange={(cpus) => set({ cpus })}
        inputMode="decimal"
        placeholder="1.5"
      />
    </div>
  );
}
