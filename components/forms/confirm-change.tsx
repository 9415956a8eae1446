"use client";

import { type ComponentProps, useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";

interface Props<Input, Answer> extends Omit<ComponentProps<typeof ConfirmDialog>, "busy" | "error" | "onConfirm"> {
  change: {
    isPending: boolean;
    error: unknown;
    mutate: (input: Input, options: { onSuccess: (answer: Answer) => void }) => void;
  };
  input: Input;
  /** Called when the change was made and the dialog is closed. */
  onDone?: (answer: Answer) => void;
}

/** Asks before a change is made, and stays open with the error when it fails. */
export function ConfirmChange<Input, Answer>(props: Props<Input, Answer>) {
  const { change, input, onDone, open, onOpenChange, ...dialog } = props;
  const sentence = useProblemSentence();
  const [isOpen, setOpen] = useState(false);
  const show = onOpenChange ?? setOpen;
  const onSuccess = (answer: Answer) => {
    show(false);
    onDone?.(answer);
  };
  return (
    <ConfirmDialog
      {...dialog}
      open={open ?? isOpen}
      onOpenChange={show}
      busy={change.isPending}
      error={change.error ? sentence(change.error) : undefined}
      onConfirm={() => change.mutate(input, { onSuccess })}
    />
  );
}
