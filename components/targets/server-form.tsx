"use client";

import { CircleCheck } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useWatch } from "react-hook-form";
import { Field } from "@/components/forms/field";
import { FormSection } from "@/components/forms/form-section";
import { Form, useCurrentForm, useWrong } from "@/components/forms/use-contract-form";
import { WrongFields } from "@/components/forms/wrong-fields";
import { Button } from "@/components/ui/button";
import { MOST_AT_ONCE, NewServer, type TargetCheck, type TargetView } from "@/lib/contracts/target";
import { CheckProblem } from "./check-problem";
import { MachineFacts, TargetTools } from "./host-facts";
import { HostKeyField } from "./host-key";
import {
  emptyServer,
  hostKeyRequestOf,
  prepareServer,
  type ServerValues,
  suggestedName,
  valuesOfServer,
} from "./server-values";
import { AddressFields, JumpFields, KeyFields } from "./ssh-fields";
import { useTargetForm } from "./use-target-form";

type Step = "address" | "hostKey" | "key" | "place";

/**
 * A server in the order in which its facts become known: its address, its identity, the sign-in, its name. For a new
 * server each step appears when the previous one is done; for a known server all steps are open.
 */
export function ServerForm({ target, hasAgent }: { target?: TargetView; hasAgent: boolean }) {
  const t = useTranslations();
  const isNew = target === undefined;
  const { form, test, isBusy } = useTargetForm<ServerValues>(target, {
    contract: NewServer,
    defaults: () => (target ? valuesOfServer(target) : emptyServer),
    prepare: prepareServer,
    maySubmit: ({ hostKey }) => !isNew || hostKey !== null,
  });
  const [jump, hostKey] = useWatch({ control: form.control, name: ["jump", "hostKey"] });
  const steps: Record<Step, ReactNode> = {
    address: (
      <>
        <AddressFields prefix="" isFirst={isNew} unconfirmed={target?.ssh?.hostKey} />
        <JumpFields hasAgent={hasAgent} kept={target?.ssh?.jump?.key} />
      </>
    ),
    hostKey: <HostKey target={target} />,
    key: <KeyFields isNext={isNew && !jump} name="key" hasAgent={hasAgent} kept={target?.ssh?.key} />,
    place: <PlaceFields isNext={isNew && jump !== null} isBaseFixed={(target?.services ?? 0) > 0} />,
  };
  // Reading a key through a jump host signs in to the jump host, so its sign-in comes first.
  const order: Step[] = jump ? ["address", "key", "hostKey", "place"] : ["address", "hostKey", "key", "place"];
  const isWhole = !isNew || hostKey !== null;
  const open = isWhole ? order : order.slice(0, order.indexOf("hostKey") + 1);
  return (
    <Form form={form}>
      {order.map((step, index) => (
        <FormSection
          key={step}
          title={
            <StepTitle number={index + 1} text={t(`serverForm.steps.${step}.title`)} isOpen={open.includes(step)} />
          }
          text={open.includes(step) && t(`serverForm.steps.${step}.text`)}
        >
          {open.includes(step) && steps[step]}
        </FormSection>
      ))}
      {isWhole && <Footer isNew={isNew} test={test} isBusy={isBusy} />}
    </Form>
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

/** Confirming a server's key suggests a name for the server. */
function HostKey({ target }: { target: TargetView | undefined }) {
  const { control, setValue, getValues, refuse } = useCurrentForm<ServerValues>();
  const [host, port, jump, hostKey] = useWatch({ control, name: ["host", "port", "jump", "hostKey"] });
  return (
    <HostKeyField
      key={`${host} ${port} ${jump?.host} ${jump?.port}`}
      host={host}
      request={() => hostKeyRequestOf(getValues(), target?.name)}
      value={hostKey}
      onConfirm={(confirmed) => {
        setValue("hostKey", confirmed);
        if (getValues("name") === "") setValue("name", suggestedName(host));
      }}
      onError={(error) => refuse(error)}
      error={useWrong("hostKey")}
    />
  );
}

/** The server's name, and how it is used. */
function PlaceFields({ isBaseFixed, isNext }: { isBaseFixed: boolean; isNext: boolean }) {
  const t = useTranslations();
  return (
    <>
      <Field
        name="name"
        label={t("serverForm.name")}
        hint={t("serverForm.nameHint")}
        placeholder="web-1"
        autoFocus={isNext}
      />
      <Field
        name="base"
        label={t("serverForm.base")}
        hint={t(isBaseFixed ? "serverForm.baseStays" : "serverForm.baseHint")}
        disabled={isBaseFixed}
      />
      <div className="grid gap-4 @lg/page:grid-cols-2">
        <Field
          name="publicHost"
          label={t("serverForm.publicHost")}
          optional={t("common.optional")}
          hint={t("serverForm.publicHostHint")}
          placeholder="apps.example.com"
        />
        <ConcurrencyField />
      </div>
    </>
  );
}

const COUNTS = Array.from({ length: MOST_AT_ONCE }, (_, index) => String(index + 1));

export function ConcurrencyField({ className }: { className?: string }) {
  const t = useTranslations("targets");
  const options = COUNTS.map((value) => ({ value, title: value }));
  return <Field name="concurrency" label={t("concurrency")} options={options} className={className} />;
}

type Test = ReturnType<typeof useTargetForm>["test"];

function Footer({ isNew, test, isBusy }: { isNew: boolean; test: Test; isBusy: boolean }) {
  const t = useTranslations();
  const router = useRouter();
  return (
    <footer className="flex flex-col gap-4 border-t pt-5">
      <TestResult check={test.check} />
      <WrongFields />
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="ghost" onClick={() => router.back()}>
          {t("common.cancel")}
        </Button>
        <Button busy={test.isBusy} onClick={test.run}>
          {t("serverForm.test")}
        </Button>
        <Button type="submit" variant="primary" busy={isBusy}>
          {t(isNew ? "serverForm.add" : "common.save")}
        </Button>
      </div>
    </footer>
  );
}

/** The findings of a connection test. */
function TestResult({ check }: { check: TargetCheck | undefined }) {
  const t = useTranslations("serverForm");
  return (
    <div aria-live="polite" className="empty:hidden">
      {check?.problem && <CheckProblem problem={check.problem} className="rounded-md" />}
      {check?.ok && (
        <div className="overflow-hidden rounded-md border">
          <p className="flex items-center gap-2 border-b px-4 py-2.5 font-medium text-succeeded wash-succeeded">
            <CircleCheck aria-hidden className="size-4 shrink-0" />
            {t("testPassed")}
          </p>
          <dl className="grid grid-cols-2 gap-x-6 gap-y-4 p-4 md:grid-cols-4">
            <MachineFacts isRemote check={check} />
          </dl>
          <TargetTools needsCaddy check={check} />
        </div>
      )}
    </div>
  );
}
