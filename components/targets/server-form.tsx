"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, Fragment, type ReactNode } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { FormSection } from "@/components/services/form-section";
import { WrongFields } from "@/components/services/wrong-fields";
import { Button } from "@/components/ui/button";
import type { TargetView } from "@/lib/contracts/target";
import { AddressFields } from "./address-fields";
import { HostKeyField } from "./host-key-field";
import { JumpFields } from "./jump-fields";
import { KeyFields } from "./key-fields";
import { PlaceFields } from "./place-fields";
import { hostKeyRequestOf, suggestedName } from "./server-draft";
import { TestResult } from "./test-result";
import { useServerForm } from "./use-server-form";

const SHOWN = new Set(["name", "host", "port", "user", "key", "hostKey", "jump", "base", "publicHost", "concurrency"]);
type Step = "address" | "hostKey" | "key" | "place";

/**
 * A server in the order in which it can be known: where it is, that it is the right one, how we sign in, what it is
 * called. Of a new one each step appears when the one before is done; of one that is there all of them are open.
 */
export function ServerForm({ target, hasAgent }: { target?: TargetView; hasAgent: boolean }) {
  const t = useTranslations();
  const router = useRouter();
  const form = useServerForm(target);
  const { draft, set, error, refused, save, test } = form;
  const isNew = target === undefined;
  const kept = target?.ssh?.key;
  const parts = { draft, set, error };
  const steps: Record<Step, ReactNode> = {
    address: (
      <>
        <AddressFields
          isFirst={isNew}
          value={draft}
          onChange={(address) => set("user" in address ? address : { ...address, ...form.elsewhere })}
          error={error}
        />
        <JumpFields {...parts} hasAgent={hasAgent} kept={target?.ssh?.jump?.key} onError={refused} />
      </>
    ),
    hostKey: (
      <HostKeyField
        key={`${draft.host} ${draft.port} ${draft.jump?.host} ${draft.jump?.port}`}
        host={draft.host}
        request={() => hostKeyRequestOf(draft, target?.name)}
        value={draft.hostKey}
        onConfirm={(hostKey) => set({ hostKey, name: draft.name || suggestedName(draft.host) })}
        onError={refused}
        error={fieldSentence(error, "hostKey")}
      />
    ),
    key: (
      <KeyFields
        isNext={isNew && !draft.jump}
        value={draft.key}
        onChange={(key) => set({ key })}
        error={error}
        path={["key"]}
        hasAgent={hasAgent}
        kept={kept}
      />
    ),
    place: <PlaceFields {...parts} isNext={isNew && draft.jump !== null} isBaseFixed={(target?.services ?? 0) > 0} />,
  };
  // What asks through a jump host signs in to it, so how that is done comes first.
  const order: Step[] = draft.jump ? ["address", "key", "hostKey", "place"] : ["address", "hostKey", "key", "place"];
  const isWhole = !isNew || draft.hostKey !== null;
  const open = isWhole ? order : order.slice(0, order.indexOf("hostKey") + 1);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole) save.run();
  };
  return (
    <form onSubmit={submit} noValidate className="rounded-lg border bg-surface px-4 py-6 @lg/page:px-6">
      {order.map((step, index) => (
        <Fragment key={step}>
          <FormSection
            title={
              <StepTitle number={index + 1} text={t(`serverForm.steps.${step}.title`)} isOpen={open.includes(step)} />
            }
            text={open.includes(step) && t(`serverForm.steps.${step}.text`)}
          >
            {open.includes(step) && steps[step]}
          </FormSection>
        </Fragment>
      ))}
      {isWhole && (
        <footer className="flex flex-col gap-4 border-t pt-5">
          <TestResult check={test.check} />
          <WrongFields error={error} shown={SHOWN} />
          <div className="flex flex-wrap justify-end gap-2">
            <Button variant="ghost" onClick={() => router.back()}>
              {t("common.cancel")}
            </Button>
            <Button busy={test.isBusy} onClick={test.run}>
              {t("serverForm.test")}
            </Button>
            <Button type="submit" variant="primary" busy={save.isBusy}>
              {t(isNew ? "serverForm.add" : "common.save")}
            </Button>
          </div>
        </footer>
      )}
    </form>
  );
}

function StepTitle({ number, text, isOpen }: { number: number; text: string; isOpen: boolean }) {
  return (
    <span className={isOpen ? "flex items-center gap-2.5" : "flex items-center gap-2.5 text-faint"}>
      <span
        aria-hidden
        className="figures grid size-5.5 shrink-0 place-items-center rounded-full border border-line-strong text-xs"
      >
        {number}
      </span>
      {text}
    </span>
  );
}
