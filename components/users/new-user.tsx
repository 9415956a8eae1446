"use client";

import { UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { NewUserForm } from "./new-user-form";

export function NewUser() {
  const t = useTranslations("users");
  const [open, setOpen] = useState(false);
  const trigger = (
    <Button variant="primary">
      <UserPlus aria-hidden />
      {t("new")}
    </Button>
  );
  return (
    <Dialog open={open} onOpenChange={setOpen} trigger={trigger} title={t("newTitle")} description={t("newText")}>
      <NewUserForm onDone={() => setOpen(false)} />
    </Dialog>
  );
}
