"use client";

import { Search, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { Button } from "./button";
import { cn } from "./cn";
import { Input } from "./input";
import { useShortcut } from "./shortcuts";

const TYPING_MS = 250;

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
}

/** A page's search, reached with `/`. Waits for a pause in typing: each search is a request to the server. */
export function SearchBox({ label, value, onChange, className }: Props) {
  const t = useTranslations("common");
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const [told, setTold] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  if (value !== seen) {
    setSeen(value);
    // The box follows a cleared filter or the back button, but not its own earlier value that arrives during typing.
    if (value !== told) setText(value);
  }
  const tell = useEffectEvent(() => {
    setTold(text.trim());
    onChange(text.trim());
  });
  useShortcut("/", () => input.current?.focus());
  useEffect(() => {
    if (text.trim() === seen) return;
    const timer = setTimeout(tell, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, seen]);
  return (
    <search className={cn("relative", className)}>
      <Search aria-hidden className="pointer-events-none absolute inset-s-2.5 top-2 size-4 text-faint" />
      <Input
        ref={input}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && setText("")}
        className="h-8 px-8 text-sm [&::-webkit-search-cancel-button]:hidden"
      />
      {text && (
        <Button
          variant="ghost"
          size="icon-sm"
          className="absolute inset-e-0.5 top-0.5"
          aria-label={t("clearSearch")}
          onClick={() => setText("")}
        >
          <X aria-hidden />
        </Button>
      )}
    </search>
  );
}
