"use client";

import { Slot } from "radix-ui";
import { type ComponentType, lazy, type ReactElement, Suspense, useState } from "react";

interface Props {
  /** Loads a menu that draws the same button itself and starts open. */
  load: () => Promise<{ default: ComponentType }>;
  /** The button until then. */
  children: ReactElement;
}

/** A menu whose code is loaded when a pointer or the focus comes near it: most pages are left without opening one. */
export function LazyMenu({ load, children }: Props) {
  const [Menu] = useState(() => lazy(load));
  const [isWanted, setWanted] = useState(false);
  const soon = () => void load();
  const button = (
    <Slot.Root
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={soon}
      onFocus={soon}
      onClick={() => setWanted(true)}
    >
      {children}
    </Slot.Root>
  );
  if (!isWanted) return button;
  return (
    <Suspense fallback={button}>
      <Menu />
    </Suspense>
  );
}
