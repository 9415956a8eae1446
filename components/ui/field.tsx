import { CircleAlert } from "lucide-react";
import { Label, Slot } from "radix-ui";
import { type ReactElement, type ReactNode, useId } from "react";
import { ApiProblem } from "@/components/api/api";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { cn } from "./cn";

interface Props {
  label: ReactNode;
  /** A sentence or undefined. */
  error?: string | undefined;
  hint?: ReactNode;
  optional?: ReactNode;
  /** Label beside the control: for a switch or a checkbox. */
  inline?: boolean;
  className?: string;
  /** One control, which receives id, aria-invalid and aria-describedby. */
  children: ReactElement;
}

/** Connects label, control, hint and error, once for every form. */
export function Field({ label, error, hint, optional, inline, className, children }: Props) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const control = (
    <Slot.Root id={id} aria-invalid={error ? true : undefined} aria-describedby={described || undefined}>
      {children}
    </Slot.Root>
  );
  const title = (
    <Label.Root htmlFor={id} className={cn("font-medium", inline ? "text-base" : "text-sm")}>
      {label}
      {optional && <span className="ms-1.5 font-normal text-faint">{optional}</span>}
    </Label.Root>
  );
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      {inline ? (
        <div className="flex items-center gap-2.5">
          {control}
          {title}
        </div>
      ) : (
        <>
          {title}
          {control}
        </>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-faint text-sm">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="flex items-start gap-1.5 text-failed text-sm">
          <CircleAlert aria-hidden className="mt-px size-4 shrink-0" />
          {error}
        </p>
      )}
    </div>
  );
}

/** Why a form was refused, unless its fields already say so. */
export function FormProblem({ error }: { error: unknown }) {
  const sentence = useProblemSentence();
  if (!error || (error instanceof ApiProblem && error.fields.length > 0)) return null;
  return (
    <p role="alert" className="rounded-md px-3 py-2.5 text-failed wash-failed">
      {sentence(error)}
    </p>
  );
}
