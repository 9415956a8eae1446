import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { fieldSentence } from "@/components/api/problem-sentence";
import { PlainField } from "@/components/targets/plain-field";
import { targetQueries } from "@/components/targets/queries";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { Link } from "@/components/ui/link";
import { ltr } from "@/components/ui/quantities";
import { Switch } from "@/components/ui/switch";
import type { TemplateProps } from "./template-props";

const EXAMPLE = "apps.example.com";

/** Where its stacks answer, and on which server they are made. */
export function ReachFields({ draft, set, error }: TemplateProps) {
  const t = useTranslations("templateForm");
  return (
    <>
      <PlainField
        label={t("domainSuffix")}
        hint={t("domainSuffixHint", { suffix: draft.domainSuffix.trim() || EXAMPLE })}
        error={fieldSentence(error, "domainSuffix")}
        value={draft.domainSuffix}
        onChange={(domainSuffix) => set({ domainSuffix })}
        placeholder={EXAMPLE}
      />
      <Field inline label={ltr(t("https"))} hint={t("httpsHint")} error={fieldSentence(error, "https")}>
        <Switch checked={draft.https} onCheckedChange={(https) => set({ https })} />
      </Field>
      <TargetField draft={draft} set={set} error={error} />
    </>
  );
}

function TargetField({ draft, set, error }: TemplateProps) {
  const t = useTranslations("templateForm");
  const query = useQuery(targetQueries.list());
  const names = (query.data ?? []).filter(({ kind }) => kind === "dokploy").map(({ name }) => name);
  const offered = draft.target === "" || names.includes(draft.target) ? names : [draft.target, ...names];
  const hint = t.rich("noTargets", {
    link: (text) => (
      <Link href="/targets/new?kind=dokploy" className="text-accent-text underline underline-offset-4">
        {text}
      </Link>
    ),
  });
  return (
    <Field
      label={t("target")}
      hint={query.data && names.length === 0 ? hint : undefined}
      error={fieldSentence(error, "target")}
    >
      <Select value={draft.target} onChange={(event) => set({ target: event.target.value })}>
        <option value="">{t("firstTarget")}</option>
        {offered.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
    </Field>
  );
}
