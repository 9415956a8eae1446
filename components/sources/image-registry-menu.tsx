"use client";

import { Ellipsis, LogOut, Pencil } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/dropdown-menu";
import type { ImageRegistryView } from "@/lib/contracts/image-registry";
import { ImageRegistryForm } from "./image-registry-form";
import { RemoveImageRegistry } from "./remove-image-registry";

export function ImageRegistryMenu({ registry }: { registry: ImageRegistryView }) {
  const t = useTranslations("imageRegistries");
  const [dialog, setDialog] = useState<"edit" | "remove">();
  const opened = (name: typeof dialog) => ({
    open: dialog === name,
    onOpenChange: (open: boolean) => setDialog(open ? name : undefined),
  });
  const { host } = registry;
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={t("actionsFor", { host })}>
            <Ellipsis aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent>
          <MenuItem onSelect={() => setDialog("edit")}>
            <Pencil aria-hidden />
            {t("edit")}
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger onSelect={() => setDialog("remove")}>
            <LogOut aria-hidden />
            {t("remove")}
          </MenuItem>
        </MenuContent>
      </Menu>
      {dialog === "edit" && (
        <Dialog {...opened("edit")} title={t("editTitle", { host })} description={t("editText")}>
          <ImageRegistryForm registry={registry} onDone={() => setDialog(undefined)} />
        </Dialog>
      )}
      {dialog === "remove" && <RemoveImageRegistry registry={registry} {...opened("remove")} />}
    </>
  );
}
