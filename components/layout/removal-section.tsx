import type { UseMutationResult } from "@tanstack/react-query";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";

interface Props<Answer> {
  /** The text that must be typed to confirm. */
  name: string;
  title: string;
  /** What is removed and what is kept. */
  text: string;
  /** Why it cannot be removed now. */
  refusal?: string | undefined;
  action: string;
  question: string;
  done: string;
  removal: UseMutationResult<Answer, Error, void>;
  /** Where to go from a page whose subject no longer exists. */
  onRemoved: (answer: Answer) => void;
}

/** The one action that cannot be reverted, at the end of a page: the name has to be typed. */
export function RemovalSection<Answer>(props: Props<Answer>) {
  const { name, title, text, refusal, action, question, done, removal, onRemoved } = props;
  const sentence = useProblemSentence();
  const [isOpen, setOpen] = useState(false);
  const confirm = () =>
    removal.mutate(undefined, {
      onSuccess: (answer) => {
        setOpen(false);
        toast.succeeded(done);
        onRemoved(answer);
      },
    });
  return (
    <section className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-lg border border-failed/40 bg-surface px-4 py-4 @lg/page:px-6">
      <div className="min-w-0 flex-1 basis-72">
        <h2 className="font-medium">{title}</h2>
        <p className="text-pretty text-muted text-sm">{refusal ?? text}</p>
      </div>
      <ConfirmDialog
        danger
        open={isOpen}
        onOpenChange={setOpen}
        trigger={
          <Button className="text-failed" disabled={refusal !== undefined}>
            {action}
          </Button>
        }
        title={question}
        description={text}
        typed={name}
        action={action}
        busy={removal.isPending}
        error={removal.error ? sentence(removal.error) : undefined}
        onConfirm={confirm}
      />
    </section>
  );
}
