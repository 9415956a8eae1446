import { RadioGroup } from "radix-ui";
import type { ReactNode } from "react";

export interface Option<Value extends string> {
  value: Value;
  title: ReactNode;
  text?: ReactNode;
  disabled?: boolean;
}

/** One of a few options, each described in a sentence. */
export function Choice<Value extends string>({
  label,
  options,
  value,
  onChange,
  autoFocus,
}: {
  label: string;
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  autoFocus?: boolean | undefined;
}) {
  const choose = (chosen: string) => {
    const option = options.find((one) => one.value === chosen);
    if (option) onChange(option.value);
  };
  return (
    // Radix adds hidden inputs for forms; on a right-to-left page they would be outside of it, and no form uses them.
    <RadioGroup.Root value={value} onValueChange={choose} aria-label={label} className="grid gap-2 [&>input]:hidden">
      {options.map((option) => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          disabled={option.disabled}
          autoFocus={autoFocus && option.value === value}
          className="group flex items-start gap-3 rounded-md border border-line-strong bg-surface px-3 py-2.5 text-start transition-colors hover:border-faint disabled:cursor-not-allowed disabled:bg-subtle data-[state=checked]:border-accent-text"
        >
          <span
            aria-hidden
            className="mt-0.5 grid size-4 shrink-0 place-items-center rounded-full border border-line-strong group-data-[state=checked]:border-accent group-data-[state=checked]:bg-accent"
          >
            <RadioGroup.Indicator className="size-1.5 rounded-full bg-on-accent" />
          </span>
          <span className="min-w-0">
            <span className="block font-medium group-disabled:text-muted">{option.title}</span>
            {option.text && <span className="block text-pretty break-words text-muted text-sm">{option.text}</span>}
          </span>
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
