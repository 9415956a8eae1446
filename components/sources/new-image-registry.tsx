"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ImageRegistryForm } from "./image-registry-form";

export function NewImageRegistry() {
  const t = useTranslations("imageRegistries");
  const [open, setOpen] = useState(false);
  const trigger = (
    <Button variant="primary">
      <Plus aria-hidden />
      {t("new")}
    </Button>
  );
  return (
    <Dialog open={open} onOpenChange={setOpen} trigger={trigger} title={t("newTitle")} description={t("newText")}>
      <ImageRegistryForm onDone={() => setOpen(false)} />
    </Dialog>
  );
}
