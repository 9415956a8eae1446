"use client";

import { useTranslations } from "next-intl";
import { createContext, type FormEvent, type ReactNode, useContext, useEffect, useState } from "react";
import {
  type DefaultValues,
  type FieldErrors,
  type FieldValues,
  get,
  type Path,
  type Resolver,
  set,
  type UseFormReturn,
  useForm,
  useFormState,
} from "react-hook-form";
import type * as z from "zod";
import { fieldSentencesUnder } from "@/components/api/problem-sentence";
import { type FieldFinding, fieldFindings } from "@/lib/contracts/field-findings";
import { bodyOf } from "./contract-values";
import { useLeaveWarning } from "./use-leave-warning";

interface Options<Values extends FieldValues> {
  defaults: () => Values;
  /** Sends the body. `onError` shows what the answer says, each sentence at its field. */
  submit: (
    body: Record<string, unknown>,
    answer: { onError: (error: unknown) => void },
    submitter: HTMLElement | null,
  ) => void;
  /** Brings values that have another shape than the contract (rows, what a person confirmed) into its shape. */
  prepare?: (values: Values) => Record<string, unknown>;
  /** Nothing is sent or said to be wrong while it is false. */
  maySubmit?: (values: Values) => boolean;
  /** Where the body is in what is sent, if not at its root. */
  at?: readonly string[];
  /** The question before a page with unsaved changes is left; none is asked when absent. */
  leave?: string | undefined;
}

export interface ContractForm<Values extends FieldValues> extends UseFormReturn<Values> {
  schema: z.ZodType | undefined;
  /** The names that controls on the page have; what is wrong elsewhere is said in the summary. */
  shown: Set<string>;
  /** Why the last try was refused; null before one was. */
  problem: unknown;
  /** How many tries were refused. */
  refusals: number;
  /** Shows an answer at the fields that it names, in the part of the form it is about. Null clears the last one. */
  refuse: (error: unknown, part?: readonly string[]) => void;
  /** What would be sent now. */
  body: () => Record<string, unknown>;
  onSubmit: (event: FormEvent) => void;
}

type Contract<Values> = z.ZodType | ((values: Values) => z.ZodType);

/**
 * A form of a contract: its schema gives the controls, turns what is typed into what is sent (contract-values.ts) and
 * says at once what it would refuse. It is sent all the same: only the server knows which names are taken and which
 * folders exist, and one answer shows everything that is wrong.
 */
export function useContractForm<Values extends FieldValues>(
  contract: Contract<Values>,
  { defaults, submit, prepare = (values) => values, maySubmit = () => true, at = [], leave }: Options<Values>,
): ContractForm<Values> {
  const [first] = useState(defaults);
  const [shown] = useState(() => new Set<string>());
  const [{ problem, refusals }, setRefusal] = useState<{ problem: unknown; refusals: number }>(NO_REFUSAL);
  const sentence = useFindingSentence();
  const schemaOf = (values: Values) => (typeof contract === "function" ? contract(values) : contract);
  const toBody = (values: Values) => bodyOf(schemaOf(values), prepare(values)) as Record<string, unknown>;
  const resolver: Resolver<Values> = (values) => {
    const body = toBody(values);
    const issues = schemaOf(values).safeParse(body).error?.issues ?? [];
    const errors: FieldErrors<Values> = {};
    for (const finding of fieldFindings(issues, body)) {
      const message = sentence(finding);
      if (message) set(errors, nameOf(finding.path), { type: finding.code, message });
    }
    return Object.keys(errors).length > 0 ? { values: {}, errors } : { values, errors: {} };
  };
  const form = useForm<Values>({
    defaultValues: first as DefaultValues<Values>,
    resolver,
    // The summary moves the focus, once the answer is there.
    shouldFocusError: false,
  });
  useLeaveWarning(leave !== undefined && form.formState.isDirty, leave ?? "");

  const refuse = (error: unknown, part: readonly string[] = []) => {
    form.clearErrors();
    setRefusal((last) => ({ problem: error ?? null, refusals: last.refusals + (error ? 1 : 0) }));
    for (const { path, message } of fieldSentencesUnder(error, ...at))
      form.setError(nameOf([...part, ...path.slice(at.length)]) as Path<Values>, { type: "server", message });
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!maySubmit(form.getValues())) return;
    const { submitter } = event.nativeEvent as SubmitEvent;
    const send = () => submit(toBody(form.getValues()), { onError: (error) => refuse(error) }, submitter);
    setRefusal((last) => ({ ...last, problem: null }));
    void form.handleSubmit(send, send)(event);
  };
  const schema = typeof contract === "function" ? undefined : contract;
  return { ...form, schema, shown, problem, refusals, refuse, body: () => toBody(form.getValues()), onSubmit };
}

const NO_REFUSAL = { problem: null, refusals: 0 };

const FormContext = createContext<ContractForm<FieldValues> | null>(null);

export function Form<Values extends FieldValues>({
  form,
  className = "rounded-lg border bg-surface px-4 py-6 @lg/page:px-6",
  children,
}: {
  form: ContractForm<Values>;
  className?: string;
  children: ReactNode;
}) {
  return (
    <FormContext value={form as unknown as ContractForm<FieldValues>}>
      <form onSubmit={form.onSubmit} noValidate className={className}>
        {children}
      </form>
    </FormContext>
  );
}

/** The form around a control. */
export function useCurrentForm<Values extends FieldValues = FieldValues>(): ContractForm<Values> {
  const form = useContext(FormContext);
  if (!form) throw new Error("a field is outside of a form");
  return form as unknown as ContractForm<Values>;
}

export interface Wrong {
  name: string;
  message: string;
}

/** Everything wrong at or below a name, or in the whole form. */
export function useWrongs(name?: string): Wrong[] {
  const { control } = useCurrentForm();
  const { errors } = useFormState({ control });
  return wrongsIn(name === undefined ? errors : get(errors, name), name ?? "");
}

/** The first sentence at or below a name. The control that asks is the one that shows it. */
export function useWrong(name: string): string | undefined {
  const { shown } = useCurrentForm();
  useEffect(() => {
    shown.add(name);
    return () => void shown.delete(name);
  }, [shown, name]);
  return useWrongs(name)[0]?.message;
}

/** A sentence at exactly this name, if there is one. */
export function wrongAt(wrongs: readonly Wrong[], name: string): string | undefined {
  return wrongs.find((wrong) => wrong.name === name)?.message;
}

function wrongsIn(node: unknown, name: string): Wrong[] {
  if (typeof node !== "object" || node === null) return [];
  if ("message" in node && typeof node.message === "string") return [{ name, message: node.message }];
  return Object.entries(node).flatMap(([key, part]) => wrongsIn(part, name === "" ? key : `${name}.${key}`));
}

function nameOf(path: readonly (string | number)[]): string {
  return path.length === 0 ? "root" : path.join(".");
}

/** In the reader's language; undefined for what only the server has a sentence for. */
function useFindingSentence(): (finding: FieldFinding) => string | undefined {
  const t = useTranslations("fields");
  return ({ code, params }) => {
    const key = code as Parameters<typeof t.has>[0];
    return t.has(key) ? t(key, params ?? {}) : undefined;
  };
}
