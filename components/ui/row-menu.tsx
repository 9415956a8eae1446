"use client";

import { Ellipsis } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { Menu, MenuContent, MenuTrigger } from "./dropdown-menu";

/** The actions of a row, behind one button. */
export function RowMenu({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon-sm" aria-label={label}>
          <Ellipsis aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent>{children}</MenuContent>
    </Menu>
  );
}

/** The dialog that an action of a row has opened: at most one. */
export function useRowDialog<Name extends string>() {
  const [shown, show] = useState<Name>();
  const opened = (name: Name) => ({
    open: shown === name,
    onOpenChange: (open: boolean) => show(open ? name : undefined),
  });
  return { shown, show, opened };
}
