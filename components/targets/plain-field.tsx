import type { ComponentProps, ReactNode } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

interface Props extends Omit<ComponentProps<"input">, "onChange"> {
  label: ReactNode;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: ReactNode;
}

/** Something technical on one line: an address, a number, a path. Left to right in every language, and never corrected. */
export function PlainField({ label, hint, error, optional, className, onChange, ...input }: Props) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional} className={className}>
      <Input
        dir="ltr"
        className="figures"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        {...input}
      />
    </Field>
  );
}
