import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import type { FieldValues } from "react-hook-form";
import type * as z from "zod";
import { bodyOf } from "@/components/forms/contract-values";
import { useContractForm } from "@/components/forms/use-contract-form";
import { toast } from "@/components/ui/toast";
import { TargetChange, TargetTest, type TargetView } from "@/lib/contracts/target";
import { useChangeTarget, useCreateTarget, useTestTarget } from "./queries";

interface FormOf<Values> {
  /** The contract of creating a target. */
  contract: z.ZodType;
  defaults: () => Values;
  prepare: (values: Values) => Record<string, unknown>;
  /** False while there is nothing to save yet. */
  maySubmit?: (values: Values) => boolean;
}

/** The form of a target: saves it, and tests it before. */
export function useTargetForm<Values extends FieldValues>(
  target: TargetView | undefined,
  { contract, defaults, prepare, maySubmit }: FormOf<Values>,
) {
  const t = useTranslations("serverForm");
  const router = useRouter();
  const create = useCreateTarget();
  const change = useChangeTarget(target?.name ?? "");
  const test = useTestTarget();
  const onSuccess = ({ name }: TargetView) => {
    toast.succeeded(t(target ? "saved" : "added", { name }));
    router.push(`/targets/${name}`);
  };
  const form = useContractForm<Values>(target ? TargetChange : contract, {
    defaults,
    prepare,
    maySubmit,
    submit: (body, answer) => {
      if (target) change.mutate(body, { ...answer, onSuccess });
      else create.mutate(body, { ...answer, onSuccess });
    },
  });
  const { subscribe, getValues, refuse } = form;
  const forget = test.reset;
  // A test result does not apply to values that were changed later.
  useEffect(() => subscribe({ formState: { values: true }, callback: forget }), [subscribe, forget]);
  const tryOut = () => {
    refuse(null);
    const body = bodyOf(TargetTest, { ...prepare(getValues()), target: target?.name }) as Record<string, unknown>;
    test.mutate(body, { onError: (error) => refuse(error) });
  };
  return {
    form,
    test: { run: tryOut, isBusy: test.isPending, check: test.data },
    // Until the page has changed, a second press must not save it again.
    isBusy: [create, change].some(({ isPending, isSuccess }) => isPending || isSuccess),
  };
}
