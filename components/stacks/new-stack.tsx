"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleHelp, CircleX, LoaderCircle, type LucideIcon } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { v4 as uuid } from "uuid";
import { fieldSentence, fieldSentencesUnder } from "@/components/api/problem-sentence";
import { Choice } from "@/components/forms/choice";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { ErrorPanel } from "@/components/ui/error-panel";
import { FormProblem } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import type { StackOffer, NewStack as StackRequest } from "@/lib/contracts/stack";
import { stackQueries, useCreateStack } from "./queries";
import { StacksUnconfigured } from "./stacks-unconfigured";

export function NewStack() {
  const t = useTranslations("stackForm");
  const offers = useQuery(stackQueries.offers());
  return (
    <Page className="max-w-xl @lg/page:pt-[6dvh]">
      <Crumbs trail={[{ label: t("title") }]} />
      {offers.data?.length === 0 && <StacksUnconfigured isPage />}
      {offers.data && offers.data.length > 0 && <NewStackForm offers={offers.data} />}
      {!offers.data && offers.error && <ErrorPanel error={offers.error} retry={offers.refetch} />}
      {offers.isPending && (
        <div aria-busy="true" className="grid gap-4">
          <Skeleton className="h-8 w-72 max-w-full" />
          <Skeleton className="h-11" />
          <Skeleton className="h-16" />
        </div>
      )}
    </Page>
  );
}

/** One field: a name. Everything else is derived from it. */
function NewStackForm({ offers }: { offers: readonly StackOffer[] }) {
  const t = useTranslations("stackForm");
  const [name, setName] = useState("");
  const [template, setTemplate] = useState(offers[0]?.template ?? "");
  const { create, error, busy, forget } = useNewStack();
  const check = useNameCheck(name);
  const offer = offers.find((one) => one.template === template) ?? offers[0];
  // The answer to the sent name, until another one is typed.
  const refusal = fieldSentence(error, "name");
  const { status, sentence } = refusal ? { status: "refused" as const, sentence: refusal } : check;
  const isWrong = status === "refused";
  const type = (typed: string) => {
    setName(asName(typed));
    forget();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The displayed template is used, even if the server's default has changed.
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
          aria-describedby="stack-name-status"
          autoFocus
          autoComplete="off"
          autoCapitalize="off"
          enterKeyHint="go"
          spellCheck={false}
        />
        <div id="stack-name-status">
          <NameStatus status={status} sentence={sentence} />
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

/** Phones add capitals and spaces. */
function asName(typed: string): string {
  return typed.trim().toLowerCase();
}

/** Long enough to skip the letters of a fast typist, short enough to answer within 200 ms. */
const TYPING_MS = 120;

type NameState = "none" | "checking" | "free" | "refused" | "unknown";

/** Whether a name is available, as it is typed. An older request is cancelled by a newer one. */
function useNameCheck(name: string): { status: NameState; sentence: string | undefined } {
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(name), TYPING_MS);
    return () => clearTimeout(timer);
  }, [name]);
  const isAsked = name !== "" && asked === name;
  const { data, error } = useQuery({ ...stackQueries.check(asked), enabled: isAsked });
  const status = (): NameState => {
    if (name === "") return "none";
    if (!isAsked || (!data && !error)) return "checking";
    if (!data) return "unknown";
    return data.valid && data.available ? "free" : "refused";
  };
  return { status: status(), sentence: isAsked ? data?.error : undefined };
}

/** Creates a stack and opens its deployment. Repeated presses send the same idempotency key. */
function useNewStack() {
  const router = useRouter();
  const request = useCreateStack();
  const sent = useRef({ of: "", key: "" });
  const create = (stack: StackRequest) => {
    const of = JSON.stringify(stack);
    if (sent.current.of !== of) sent.current = { of, key: uuid() };
    request.mutate(
      { stack, key: sent.current.key },
      { onSuccess: ({ deploymentId }) => router.push(`/deployments/${deploymentId}`) },
    );
  };
  return {
    create,
    error: request.error,
    // Until the page has changed, a second press must not create the stack again.
    busy: request.isPending || request.isSuccess,
    forget: () => request.isError && request.reset(),
  };
}

const NAME_TONES: Record<Exclude<NameState, "none">, { icon: LucideIcon; text: string }> = {
  checking: { icon: LoaderCircle, text: "text-faint" },
  free: { icon: CircleCheck, text: "text-succeeded" },
  refused: { icon: CircleX, text: "text-failed" },
  unknown: { icon: CircleHelp, text: "text-muted" },
};

/** Always one line high, so that the layout does not move during typing. */
function NameStatus({ status, sentence }: { status: NameState; sentence: string | undefined }) {
  const t = useTranslations("stackForm");
  const tone = status === "none" ? null : NAME_TONES[status];
  const Icon = tone?.icon;
  return (
    <p aria-live="polite" className={cn("flex min-h-6 items-start gap-1.5", tone?.text ?? "text-faint")}>
      {Icon && <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", status === "checking" && "breathe")} />}
      <span className="text-pretty">
        {status === "none" && t("hint")}
        {status === "refused" && (sentence ?? t("refused"))}
        {(status === "checking" || status === "free" || status === "unknown") && t(status)}
      </span>
    </p>
  );
}

const PLACE = "{name}";

/** The stack's address, updated during typing; the part that is the name is emphasised. */
function AddressPreview({ pattern, name }: { pattern: string; name: string }) {
  const t = useTranslations("stackForm");
  const [before = "", after = ""] = pattern.split(PLACE);
  return (
    <div className="rounded-lg border bg-background px-4 py-3">
      <p className="text-faint text-xs">{t("address")}</p>
      <p dir="ltr" className="mt-1 wrap-anywhere font-mono text-lg text-muted rtl:text-end">
        {before}
        <span className={cn("font-semibold", name ? "text-foreground" : "text-faint")}>{name || t("addressName")}</span>
        {after}
      </p>
    </div>
  );
}
