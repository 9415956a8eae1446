"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { Field, FormProblem } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import type { TotpOffer } from "@/lib/contracts/user";
import { useConfirmTotp } from "./queries";

interface Props {
  offer: TotpOffer;
  onClose: () => void;
  /** Called with the recovery codes, which exist when this is the first factor. */
  onDone: (recoveryCodes: string[]) => void;
}

export function TotpDialog({ offer, onClose, onDone }: Props) {
  const t = useTranslations();
  const confirm = useConfirmTotp();
  const [code, setCode] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!confirm.isPending) confirm.mutate(code, { onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes) });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("account.totpTitle")}
      description={t("account.totpText")}
    >
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <QrCode text={offer.address} />
        <div className="flex items-center gap-1 rounded-md border border-line-strong py-1 ps-3 pe-1">
          <code dir="ltr" className="figures min-w-0 flex-1 select-all break-all text-sm">
            {offer.secret}
          </code>
          <CopyButton text={offer.secret} label={t("account.copySecret")} />
        </div>
        <Field label={t("account.code")} error={fieldSentence(confirm.error, "code")}>
          <Input
            value={code}
            onChange={(event) => setCode(event.target.value)}
            inputMode="numeric"
            autoComplete="one-time-code"
            dir="ltr"
            className="figures"
            autoFocus
          />
        </Field>
        <FormProblem error={confirm.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={confirm.isPending}>
            {t("account.confirm")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Black on white in either theme, as cameras expect it. */
function QrCode({ text }: { text: string }) {
  const t = useTranslations("account");
  const { data } = useQuery({
    queryKey: ["qr", text],
    queryFn: async () => (await import("uqr")).encode(text, { border: 2 }).data,
    gcTime: 0,
  });
  if (!data) return <Skeleton className="mx-auto size-44" />;
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg
      role="img"
      aria-label={t("qrCode")}
      viewBox={`0 0 ${data.length} ${data.length}`}
      className="mx-auto size-44 rounded-md bg-white"
      shapeRendering="crispEdges"
    >
      <path d={path} fill="#000" />
    </svg>
  );
}
