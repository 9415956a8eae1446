import { useTranslations } from "next-intl";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Field } from "@/components/ui/field";
import { Fold } from "@/components/ui/fold";
import { Select } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { EndpointMode } from "@/lib/contracts/dokploy";
import { MOST_AT_ONCE } from "@/lib/contracts/target";
import type { DokployDraft } from "./dokploy-draft";
import { PlainField } from "./plain-field";

interface Props {
  draft: DokployDraft;
  set: (change: Partial<DokployDraft>) => void;
  error: unknown;
}

/** How much at once, and where its stacks answer. */
export function DokployUseFields({ draft, set, error }: Props) {
  const t = useTranslations();
  const wrong = { http: fieldSentence(error, "httpPort"), https: fieldSentence(error, "httpsPort") };
  return (
    <>
      <Field label={t("targets.concurrency")} error={fieldSentence(error, "concurrency")} className="@lg/page:max-w-60">
        <Select value={draft.concurrency} onChange={(event) => set({ concurrency: event.target.value })}>
          {Array.from({ length: MOST_AT_ONCE }, (_, index) => String(index + 1)).map((count) => (
            <option key={count}>{count}</option>
          ))}
        </Select>
      </Field>
      <Field inline label={t("dokploy.repair")} hint={t("dokploy.repairHint")}>
        <Switch checked={draft.repair} onCheckedChange={(repair) => set({ repair })} />
      </Field>
      <Fold title={t("dokploy.more")} isWrong={Boolean(wrong.http ?? wrong.https)}>
        <div>
          <div className="grid gap-4 @lg/page:grid-cols-2">
            <PlainField
              label={t("dokploy.httpPort")}
              error={wrong.http}
              value={draft.httpPort}
              onChange={(httpPort) => set({ httpPort })}
              inputMode="numeric"
              placeholder="80"
            />
            <PlainField
              label={t("dokploy.httpsPort")}
              error={wrong.https}
              value={draft.httpsPort}
              onChange={(httpsPort) => set({ httpsPort })}
              inputMode="numeric"
              placeholder="443"
            />
          </div>
          <p className="mt-1.5 text-pretty text-faint text-sm">{t("dokploy.portsHint")}</p>
        </div>
        <Field
          label={t("dokploy.endpointMode")}
          hint={t("dokploy.endpointModeHint")}
          error={fieldSentence(error, "endpointMode")}
          className="sm:max-w-96"
        >
          <Select
            value={draft.endpointMode}
            onChange={(event) => set({ endpointMode: EndpointMode.parse(event.target.value) })}
          >
            {EndpointMode.options.map((mode) => (
              <option key={mode} value={mode}>
                {t(`dokploy.endpointModes.${mode}`)}
              </option>
            ))}
          </Select>
        </Field>
      </Fold>
    </>
  );
}
