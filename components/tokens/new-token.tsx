"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { MadeToken } from "./made-token";
import { useMakeToken } from "./queries";
import { TokenForm } from "./token-form";

/** The form, and then in the same place what it made: the only time the token can be seen. */
export function NewToken() {
  const t = useTranslations("tokens");
  const can = useCan();
  const [open, setOpen] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const make = useMakeToken();
  if (!can("token:create")) return null;
  const change = (isOpen: boolean) => {
    setOpen(isOpen);
    setLeaving(false);
    if (isOpen) make.reset();
  };
  /** A token that was not copied is lost: closing by accident asks first. */
  const ask = (isOpen: boolean) => (!isOpen && make.data ? setLeaving(true) : change(isOpen));
  const trigger = (
    <Button variant="primary">
      <Plus aria-hidden />
      {t("new")}
    </Button>
  );
  const made = make.data;
  return (
    <Dialog
      open={open}
      onOpenChange={ask}
      trigger={trigger}
      title={t(made ? "madeTitle" : "newTitle")}
      description={t(made ? "madeText" : "newText")}
    >
      {made ? (
        <MadeToken token={made.token} isLeaving={isLeaving} onDone={() => change(false)} />
      ) : (
        <TokenForm make={make} onCancel={() => change(false)} />
      )}
    </Dialog>
  );
}
