"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { Button } from "./button";
import { Dialog, DialogClose } from "./dialog";
import { Field } from "./field";
import { Input } from "./input";

interface Props {
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  trigger?: ReactNode;
  title: ReactNode;
  /** What changes and what stays. */
  description: ReactNode;
  /** The label of the confirming button, a verb. */
  action: string;
  /** The label of the button that cancels. */
  dismiss?: string;
  /** The text that must be typed first, usually the name of what is removed. */
  typed?: string;
  danger?: boolean;
  busy?: boolean;
  /** Confirming is not possible (yet). */
  disabled?: boolean;
  wide?: boolean;
  /** The error of the last attempt, as a sentence. */
  error?: string | undefined;
  children?: ReactNode;
  onConfirm: () => void;
}

export function ConfirmDialog(props: Props) {
  const { typed, action, dismiss, danger, busy, disabled, error, children, onConfirm, ...dialog } = props;
  const t = useTranslations("common");
  const [text, setText] = useState("");
  const id = useId();
  const ready = !disabled && (typed === undefined || text === typed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !busy) onConfirm();
  };
  const footer = (
    <>
      <DialogClose asChild>
        <Button>{dismiss ?? t("cancel")}</Button>
      </DialogClose>
      <Button type="submit" form={id} variant={danger ? "danger" : "primary"} busy={busy} disabled={!ready}>
        {action}
      </Button>
    </>
  );
  return (
    <Dialog {...dialog} footer={footer}>
      <form id={id} onSubmit={submit} className="flex flex-col gap-3">
        {children}
        {typed !== undefined && (
          <Field
            label={t.rich("typeToConfirm", {
              name: typed,
              code: (chunks) => <code className="figures">{chunks}</code>,
            })}
          >
            <Input
              value={text}
              onChange={(event) => setText(event.target.value)}
              dir="ltr"
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
        )}
        {error && (
          <p role="alert" className="text-failed text-sm">
            {error}
          </p>
        )}
      </form>
    </Dialog>
  );
}
