import type { ComponentProps, ReactNode } from "react";
import { useController } from "react-hook-form";
import { cn } from "@/components/ui/cn";
import { Field as Frame } from "@/components/ui/field";
import { Input, Select, Textarea } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { Switch } from "@/components/ui/switch";
import { type Control, controlAt } from "./contract-values";
import { useCurrentForm, useWrong } from "./use-contract-form";

export interface Option {
  value: string;
  title: ReactNode;
  disabled?: boolean;
}

interface Props extends Pick<ComponentProps<"input">, "placeholder" | "autoFocus" | "list" | "disabled" | "inputMode"> {
  /** The value's path in the contract: `health.intervalMs`. */
  name: string;
  label: ReactNode;
  hint?: ReactNode;
  optional?: ReactNode;
  className?: string;
  /** A control that the contract does not determine: a password, some lines, a sentence in the reader's language. */
  as?: Control | "password" | "lines" | "prose";
  /** Titles of a choice's options; by default their values. */
  options?: readonly Option[];
  rows?: number;
  /** Called after a person has typed or chosen. */
  onTyped?: (value: string) => void;
  onBlur?: () => void;
}

/** One value of the form's contract: label, control, hint and error, connected to each other. */
export function Field({ name, label, hint, optional, className, as, onTyped, onBlur, ...rest }: Props) {
  const { schema, control: values } = useCurrentForm();
  const { field } = useController({ control: values, name });
  const asked = schema ? controlAt(schema, name.split(".")) : { control: "text" as const, options: [] };
  const control = as ?? (rest.options ? "select" : asked.control);
  const wrong = useWrong(name);
  const wiring = {
    value: field.value ?? "",
    onChange: (value: unknown) => {
      field.onChange(value);
      onTyped?.(String(value));
    },
    onBlur: () => {
      field.onBlur();
      onBlur?.();
    },
  };
  const options = rest.options ?? asked.options.map((value) => ({ value, title: value }));
  return (
    <Frame
      inline={control === "switch"}
      label={label}
      hint={hint}
      optional={optional}
      error={wrong}
      className={className}
    >
      <ControlOf {...rest} {...wiring} control={control} options={options} />
    </Frame>
  );
}

interface ControlProps extends Omit<Props, "name" | "label" | "hint" | "optional" | "className" | "as" | "onTyped"> {
  control: NonNullable<Props["as"]>;
  options: readonly Option[];
  value: unknown;
  onChange: (value: unknown) => void;
}

/** The attributes that `Frame` adds (id, aria-invalid, aria-describedby) are among the rest. */
function ControlOf({ control, options, rows, list, inputMode, placeholder, value, onChange, ...rest }: ControlProps) {
  const type = (event: { target: { value: string } }) => onChange(event.target.value);
  const text = String(value);
  // Technical text runs from left to right in every language, without autocorrection.
  const technical = { dir: "ltr", className: "figures", autoComplete: "off", autoCapitalize: "off", spellCheck: false };
  switch (control) {
    case "switch":
      return <Switch {...rest} checked={value === true} onCheckedChange={onChange} />;
    case "select":
      return (
        <Select {...rest} value={text} onChange={type}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.title}
            </option>
          ))}
        </Select>
      );
    case "password":
      return <PasswordInput {...rest} value={text} onChange={type} autoComplete="new-password" />;
    case "lines":
      return (
        <Textarea
          {...rest}
          {...technical}
          className={cn("figures", rows ? undefined : "min-h-36 text-sm")}
          {...{ rows, placeholder }}
          value={text}
          onChange={type}
        />
      );
    case "prose":
      return <Input {...rest} dir="auto" placeholder={placeholder} value={text} onChange={type} autoComplete="off" />;
    default:
      return (
        <Input
          {...rest}
          {...technical}
          {...{ list, placeholder }}
          inputMode={inputMode ?? ({ integer: "numeric", decimal: "decimal", text: undefined } as const)[control]}
          value={text}
          onChange={type}
        />
      );
  }
}
