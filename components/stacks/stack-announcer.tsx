"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import type { StackSummary } from "@/lib/contracts/stack";

type States = ReadonlyMap<string, StackSummary["state"]>;

/** Says which stack changed, to those who cannot see it move; nothing when the page opens. */
export function StackAnnouncer({ stacks }: { stacks: readonly StackSummary[] }) {
  const t = useTranslations("stacks");
  const [seen, setSeen] = useState<States>(() => statesOf(stacks));
  const [said, setSaid] = useState("");
  const changed = stacks.filter(({ name, state }) => seen.has(name) && seen.get(name) !== state);
  const isOther = changed.length > 0 || stacks.length !== seen.size;
  if (isOther) setSeen(statesOf(stacks));
  if (changed.length > 0)
    setSaid(changed.map(({ name, state }) => t("changed", { name, state: t(`states.${state}`) })).join(". "));
  return (
    <p aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}

function statesOf(stacks: readonly StackSummary[]): States {
  return new Map(stacks.map(({ name, state }) => [name, state]));
}
