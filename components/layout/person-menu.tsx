"use client";

import { LogOut, UserCog } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { signOut } from "@/components/account/session";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/dropdown-menu";
import { PersonButton } from "./menu-buttons";
import { useViewer } from "./viewer";

/** Mounted open: `LazyMenu` mounts it on the first click. */
export default function PersonMenu() {
  const t = useTranslations();
  const viewer = useViewer();
  const router = useRouter();
  return (
    <Menu defaultOpen>
      <MenuTrigger asChild>
        <PersonButton />
      </MenuTrigger>
      <MenuContent className="min-w-56">
        <div className="px-2 py-1.5">
          <p className="truncate font-medium">{viewer.name}</p>
          <p className="truncate text-faint text-sm">
            {viewer.email} · {t(`roles.${viewer.role}`)}
          </p>
        </div>
        <MenuSeparator />
        <MenuItem onSelect={() => router.push("/account")}>
          <UserCog aria-hidden />
          {t("frame.account")}
        </MenuItem>
        <MenuItem onSelect={() => void signOut()}>
          <LogOut aria-hidden className="rtl:-scale-x-100" />
          {t("frame.signOut")}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
