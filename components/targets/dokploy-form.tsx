"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { FormSection } from "@/components/services/form-section";
import { WrongFields } from "@/components/services/wrong-fields";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { PasswordInput } from "@/components/ui/password-input";
import type { TargetView } from "@/lib/contracts/target";
import { DokployUseFields } from "./dokploy-use-fields";
import { PlainField } from "./plain-field";
import { PreflightResult } from "./preflight-result";
import { useDokployForm } from "./use-dokploy-form";

const SHOWN = new Set(["name", "url", "apiKey", "httpPort", "httpsPort", "concurrency", "endpointMode", "repair"]);

/** A Dokploy server: where it is and the key to it. "Test" looks at everything stacks depend on before anything is saved. */
export function DokployForm({ target }: { target?: TargetView }) {
  const t = useTranslations();
  const router = useRouter();
  const { draft, set, error, suggestName, test, save } = useDokployForm(target);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.run();
  };
  return (
    <form onSubmit={submit} noValidate className="rounded-lg border bg-surface px-4 py-6 @lg/page:px-6">
      <FormSection title={t("dokploy.where")} text={t("dokploy.text")}>
        <PlainField
          label={t("dokploy.url")}
          hint={t("dokploy.urlHint")}
          error={fieldSentence(error, "url")}
          value={draft.url}
          onChange={(url) => set({ url })}
          onBlur={suggestName}
          inputMode="url"
          placeholder="https://dokploy.example.com"
        />
        <PlainField
          label={t("dokploy.name")}
          hint={t("dokploy.nameHint")}
          error={fieldSentence(error, "name")}
          value={draft.name}
          onChange={(name) => set({ name })}
          placeholder="stacks"
        />
      </FormSection>
      <FormSection title={t("dokploy.access")} text={t("dokploy.accessText")}>
        <Field
          label={t("dokploy.apiKey")}
          hint={t(target ? "dokploy.apiKeyKept" : "dokploy.apiKeyHint")}
          error={fieldSentence(error, "apiKey")}
        >
          <PasswordInput
            value={draft.apiKey}
            onChange={(event) => set({ apiKey: event.target.value })}
            autoComplete="off"
          />
        </Field>
      </FormSection>
      <FormSection title={t("dokploy.use")}>
        <DokployUseFields draft={draft} set={set} error={error} />
      </FormSection>
      <footer className="flex flex-col gap-4 border-t pt-5">
        <PreflightResult check={test.check} />
        <WrongFields error={error} shown={SHOWN} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="ghost" onClick={() => router.back()}>
            {t("common.cancel")}
          </Button>
          <Button busy={test.isBusy} onClick={test.run}>
            {t("dokploy.test")}
          </Button>
          <Button type="submit" variant="primary" busy={save.isBusy}>
            {t(target ? "common.save" : "dokploy.add")}
          </Button>
        </div>
      </footer>
    </form>
  );
}
