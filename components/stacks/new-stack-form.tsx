"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Choice } from "@/components/forms/choice";
import { Button } from "@/components/ui/button";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { fieldSentence, fieldSentencesUnder } from "@/lib/client/field-sentence";
import type { StackOffer } from "@/lib/contracts/stack";
import { AddressPreview } from "./address-preview";
import { NameStanding } from "./name-standing";
import { useNameCheck } from "./use-name-check";
import { useNewStack } from "./use-new-stack";

/** One question: a name. Everything else follows from it. */
export function NewStackForm({ offers }: { offers: readonly StackOffer[] }) {
  const t = useTranslations("stackForm");
  const [name, setName] = useState("");
  const [template, setTemplate] = useState(offers[0]?.template ?? "");
  const { create, error, busy, forget } = useNewStack();
  const check = useNameCheck(name);
  const offer = offers.find((one) => one.template === template) ?? offers[0];
  // Of what was sent, until something else is typed.
  const refusal = fieldSentence(error, "name");
  const { standing, sentence } = refusal ? { standing: "refused" as const, sentence: refusal } : check;
  const isWrong = standing === "refused";
  const type = (typed: string) => {
    setName(asName(typed));
    forget();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // What is shown is what is made, also where the server would choose another one by now.
    create({ name, ...(offer && { template: offer.template }) });
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-6">
      <div>
        <h1 className="text-balance font-semibold text-2xl tracking-tight">
          <label htmlFor="stack-name">{t("question")}</label>
        </h1>
        <p className="mt-1 text-pretty text-muted">{t("text")}</p>
      </div>
      <div className="flex flex-col gap-2">
        <Input
          id="stack-name"
          dir="ltr"
          className="h-12 rounded-lg px-4 font-medium text-lg rtl:text-end"
          placeholder={t("placeholder")}
          value={name}
          onChange={(event) => type(event.target.value)}
          aria-invalid={isWrong || undefined}
          aria-describedby="stack-name-standing"
          autoFocus
          autoComplete="off"
          autoCapitalize="off"
          enterKeyHint="go"
          spellCheck={false}
        />
        <div id="stack-name-standing">
          <NameStanding standing={standing} sentence={sentence} />
        </div>
      </div>
      {offers.length > 1 && (
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-2 font-medium text-sm">{t("template")}</legend>
          <Choice
            label={t("template")}
            value={template}
            onChange={setTemplate}
            options={offers.map((one) => ({
              value: one.template,
              title: <bdi>{one.template}</bdi>,
              text: one.description && <bdi>{one.description}</bdi>,
            }))}
          />
        </fieldset>
      )}
      {offer && <AddressPreview pattern={offer.urlPattern} name={name} />}
      {fieldSentencesUnder(error, "name").length === 0 && <FormProblem error={error} />}
      <Button type="submit" variant="primary" size="lg" className="w-full" busy={busy} disabled={isWrong}>
        {t(busy ? "creating" : "create")}
      </Button>
    </form>
  );
}

/** What a thumb on a phone types in front of what was meant. */
function asName(typed: string): string {
  return typed.trim().toLowerCase();
}
