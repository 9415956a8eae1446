import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { allItems } from "@/components/api/paged";
import { cn } from "@/components/ui/cn";
import { Input } from "@/components/ui/input";
import { useSettled } from "@/components/ui/use-settled";
import { serviceQueries } from "./queries";

const TYPING_MS = 200;

interface Props {
  label: string;
  /** The name of the chosen service. */
  value: string;
  onChange: (name: string) => void;
  className?: string;
}

/** One service by its name. The server suggests names during typing, so any number of services works. */
export function ServicePicker({ label, value, onChange, className }: Props) {
  const id = useId();
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    setText(value);
  }
  const search = useSettled(text.trim(), TYPING_MS) || undefined;
  const names = (allItems(useInfiniteQuery(serviceQueries.list({ search }, "name")).data) ?? []).map(
    ({ name }) => name,
  );
  const type = (next: string) => {
    setText(next);
    if (next === "" || names.includes(next)) onChange(next);
  };
  return (
    <span className={cn("block", className)}>
      <Input
        type="search"
        list={id}
        aria-label={label}
        placeholder={label}
        dir="ltr"
        value={text}
        onChange={({ target }) => type(target.value)}
        onKeyDown={({ key }) => key === "Enter" && onChange(text.trim())}
        onBlur={() => text.trim() !== value && onChange(text.trim())}
        autoComplete="off"
        spellCheck={false}
        className="h-8 px-2.5 text-sm"
      />
      <datalist id={id}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </datalist>
    </span>
  );
}
