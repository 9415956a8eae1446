"use client";

import { Search, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useShortcut } from "@/lib/client/shortcuts";
import { Button } from "./button";
import { cn } from "./cn";
import { Input } from "./input";

const TYPING_MS = 250;

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Bound to `/`: the page's main search. */
  isMain?: boolean;
  className?: string;
}

/** Waits until one pauses: each search is a question to the server. */
export function SearchBox({ label, value, onChange, isMain, className }: Props) {
  const t = useTranslations("common");
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  if (value !== known) {
    // Changed from elsewhere (filters cleared, back button): what is typed follows.
    setKnown(value);
    setText(value);
  }
  const tell = useEffectEvent((wanted: string) => {
    setKnown(wanted);
    onChange(wanted);
  });
  useShortcut(isMain ? "/" : "", () => input.current?.focus());
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === known) return;
    const timer = setTimeout(() => tell(wanted), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, known]);
  return (
    <search className={cn("relative", className)}>
      <Search aria-hidden className="pointer-events-none absolute inset-s-2.5 top-2 size-4 text-faint" />
      <Input
        ref={input}
        type="search"
        aria-label={label}
        aria-keyshortcuts={isMain ? "/" : undefined}
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
