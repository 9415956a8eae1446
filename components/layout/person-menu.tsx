"use client";

import { LogOut } from "lucide-react";
import { signOut } from "next-auth/react";
import { useTranslations } from "next-intl";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/dropdown-menu";
import { useViewer } from "@/lib/client/viewer";

export function PersonMenu() {
  const t = useTranslations();
  const viewer = useViewer();
  return (
    <Menu>
      <MenuTrigger
        aria-label={t("frame.account")}
        className="ms-1.5 grid size-7 shrink-0 place-items-center rounded-full border border-line-strong bg-subtle font-medium text-xs uppercase"
      >
        {[...viewer.name][0]}
      </MenuTrigger>
      <MenuContent className="min-w-56">
        <div className="px-2 py-1.5">
          <p className="truncate font-medium">{viewer.name}</p>
          <p className="truncate text-faint text-sm">
            {viewer.email} · {t(`roles.${viewer.role}`)}
          </p>
        </div>
        <MenuSeparator />
        <MenuItem onSelect={() => void signOut({ callbackUrl: "/sign-in" })}>
          <LogOut aria-hidden className="rtl:-scale-x-100" />
          {t("frame.signOut")}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
