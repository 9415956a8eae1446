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
  /** Sends the body. `onError` shows the answer's sentences, each at its field. */
  submit: (
    body: Record<string, unknown>,
    answer: { onError: (error: unknown) => void },
    submitter: HTMLElement | null,
  ) => void;
  /** Converts values whose shape differs from the contract's (rows, a confirmation) to its shape. */
  prepare?: (values: Values) => Record<string, unknown>;
  /** While it is false, nothing is sent and no error is shown. */
  maySubmit?: (values: Values) => boolean;
  /** The path of the body in the sent value, if not its root. */
  at?: readonly string[];
  /** The question before a page with unsaved changes is left; when absent, none is asked. */
  leave?: string | undefined;
}

export interface ContractForm<Values extends FieldValues> extends UseFormReturn<Values> {
  schema: z.ZodType | undefined;
  /** The names of the page's controls; errors of other fields are shown in the summary. */
  shown: Set<string>;
  /** Why the last attempt was refused; null before the first refusal. */
  problem: unknown;
  /** The number of refused attempts. */
  refusals: number;
  /** Shows an answer's errors at their fields, in the part of the form it concerns. Null clears the last one. */
  refuse: (error: unknown, part?: readonly string[]) => void;
  /** The body that would be sent now. */
  body: () => Record<string, unknown>;
  onSubmit: (event: FormEvent) => void;
}

type Contract<Values> = z.ZodType | ((values: Values) => z.ZodType);

/**
 * A form of a contract: its schema provides the controls, converts typed text (contract-values.ts) and shows
 * immediately what it would refuse. The form is sent nevertheless: only the server knows which names are taken and
 * which folders exist, and one answer shows all errors.
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
    // The summary moves the focus once the answer has arrived.
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

/** All errors at or below a name, or of the whole form. */
export function useWrongs(name?: string): Wrong[] {
  const { control } = useCurrentForm();
  const { errors } = useFormState({ control });
  return wrongsIn(name === undefined ? errors : get(errors, name), name ?? "");
}

/** The first error at or below a name. The calling control shows it. */
export function useWrong(name: string): string | undefined {
  const { shown } = useCurrentForm();
  useEffect(() => {
    shown.add(name);
    return () => void shown.delete(name);
  }, [shown, name]);
  return useWrongs(name)[0]?.message;
}

/** The error at exactly this name, if there is one. */
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

/** In the reader's language; undefined for findings that only the server has a sentence for. */
function useFindingSentence(): (finding: FieldFinding) => string | undefined {
  const t = useTranslations("fields");
  return ({ code, params }) => {
    const key = code as Parameters<typeof t.has>[0];
    return t.has(key) ? t(key, params ?? {}) : undefined;
  };
}
