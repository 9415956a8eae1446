"use client";

import { Fingerprint, KeyRound, LifeBuoy, type LucideIcon, Smartphone } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { ApiProblem } from "@/components/api/api";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import { useIsInBrowser } from "@/components/ui/use-is-in-browser";
import type { PasskeyView, SecurityView } from "@/lib/contracts/user";
import { useAddPasskey, useOfferTotp, useRemovePasskey, useRemoveTotp, useRenewRecoveryCodes } from "./queries";
import { deviceOf } from "./sessions-card";
import { TotpDialog } from "./totp-dialog";

export function SecondFactorCard({ security }: { security: SecurityView }) {
  const t = useTranslations("account");
  const [codes, setCodes] = useState<string[]>([]);
  const hasFactor = security.totp || security.passkeys.length > 0;
  const finish = (recoveryCodes: string[], done: string) => {
    setCodes(recoveryCodes);
    toast.succeeded(done);
  };
  return (
    <Card
      flush
      title={t("secondFactor")}
      description={t("secondFactorText")}
      actions={<Badge tone={hasFactor ? "succeeded" : "outline"}>{t(hasFactor ? "on" : "off")}</Badge>}
    >
      <ul className="divide-y">
        <TotpRow isOn={security.totp} onDone={(recovery) => finish(recovery, t("totpOn"))} />
        <PasskeysRow passkeys={security.passkeys} onDone={(recovery) => finish(recovery, t("passkeyAdded"))} />
        {hasFactor && <RecoveryRow left={security.recoveryCodes} onDone={setCodes} />}
      </ul>
      {codes.length > 0 && <RecoveryCodesDialog codes={codes} onDone={() => setCodes([])} />}
    </Card>
  );
}

interface RowProps {
  icon: LucideIcon;
  title: string;
  text: string;
  action: ReactNode;
  children?: ReactNode;
}

function Row({ icon: Icon, title, text, action, children }: RowProps) {
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Icon aria-hidden className="size-4.5 shrink-0 text-faint" />
        <div className="min-w-40 flex-1">
          <p className="font-medium">{title}</p>
          <p className="text-faint text-sm">{text}</p>
        </div>
        {action}
      </div>
      {children}
    </li>
  );
}

type OnDone = (recoveryCodes: string[]) => void;

function TotpRow({ isOn, onDone }: { isOn: boolean; onDone: OnDone }) {
  const t = useTranslations("account");
  const sentence = useProblemSentence();
  const offer = useOfferTotp();
  const remove = useRemoveTotp();
  const begin = () => offer.mutate(undefined, { onError: (error) => toast.failed(sentence(error)) });
  const action = isOn ? (
    <Removal title={t("removeTotpTitle")} name={t("totp")} change={remove} input={undefined} />
  ) : (
    <Button busy={offer.isPending} onClick={begin}>
      {t("setUp")}
    </Button>
  );
  return (
    <Row icon={Smartphone} title={t("totp")} text={t(isOn ? "totpIsOn" : "totpIsOff")} action={action}>
      {offer.data && (
        <TotpDialog
          offer={offer.data}
          onClose={offer.reset}
          onDone={(recovery) => {
            offer.reset();
            onDone(recovery);
          }}
        />
      )}
    </Row>
  );
}

function PasskeysRow({ passkeys, onDone }: { passkeys: readonly PasskeyView[]; onDone: OnDone }) {
  const t = useTranslations("account");
  const sentence = useProblemSentence();
  const add = useAddPasskey();
  // Browsers offer passkeys on https and localhost only.
  const isOffered = useIsInBrowser() && window.PublicKeyCredential !== undefined;
  const begin = () => {
    const { browser, system } = deviceOf(navigator.userAgent);
    add.mutate([browser, system].filter(Boolean).join(", ") || t("passkey"), {
      onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes),
      onError: (error) => toast.failed(error instanceof ApiProblem ? sentence(error) : t("passkeyNotAdded")),
    });
  };
  const action = isOffered && (
    <Button busy={add.isPending} onClick={begin}>
      {t("addPasskey")}
    </Button>
  );
  return (
    <Row
      icon={Fingerprint}
      title={t("passkeys")}
      text={t(isOffered ? "passkeysText" : "passkeysNeedTls")}
      action={action}
    >
      {passkeys.length > 0 && (
        <ul className="mt-2 ms-7.5 divide-y rounded-md border">
          {passkeys.map((passkey) => (
            <Passkey key={passkey.id} passkey={passkey} />
          ))}
        </ul>
      )}
    </Row>
  );
}

function Passkey({ passkey }: { passkey: PasskeyView }) {
  const t = useTranslations("account");
  const remove = useRemovePasskey();
  return (
    <li className="flex items-center gap-3 px-3 py-2">
      <KeyRound aria-hidden className="size-4 shrink-0 text-faint" />
      <div className="min-w-0 flex-1">
        <bdi className="block truncate">{passkey.name}</bdi>
        <p className="text-faint text-sm">
          {passkey.lastUsedAt ? (
            <>
              {t("lastUsed")} <TimeAgo at={passkey.lastUsedAt} />
            </>
          ) : (
            <>
              {t("added")} <TimeAgo at={passkey.createdAt} />
            </>
          )}
        </p>
      </div>
      <Removal title={t("removePasskeyTitle")} name={passkey.name} change={remove} input={passkey.id} />
    </li>
  );
}

function RecoveryRow({ left, onDone }: { left: number; onDone: OnDone }) {
  const t = useTranslations("account");
  const sentence = useProblemSentence();
  const renew = useRenewRecoveryCodes();
  const begin = () =>
    renew.mutate(undefined, {
      onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes),
      onError: (error) => toast.failed(sentence(error)),
    });
  const action = (
    <Button busy={renew.isPending} onClick={begin}>
      {t("newCodes")}
    </Button>
  );
  return <Row icon={LifeBuoy} title={t("recovery")} text={t("codesLeft", { left })} action={action} />;
}

interface RemovalProps<Input> {
  title: string;
  name: string;
  change: {
    isPending: boolean;
    error: unknown;
    mutate: (input: Input, options: { onSuccess: () => void }) => void;
  };
  input: Input;
}

function Removal<Input>({ title, name, change, input }: RemovalProps<Input>) {
  const t = useTranslations("account");
  const sentence = useProblemSentence();
  const [open, setOpen] = useState(false);
  return (
    <ConfirmDialog
      danger
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button size="sm" aria-label={t("removeNamed", { name })}>
          {t("remove")}
        </Button>
      }
      title={title}
      description={t("removeText")}
      action={t("remove")}
      busy={change.isPending}
      error={change.error ? sentence(change.error) : undefined}
      onConfirm={() => change.mutate(input, { onSuccess: () => setOpen(false) })}
    />
  );
}

/** Shown once: only their hashes are kept. */
function RecoveryCodesDialog({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const t = useTranslations("account");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onDone()}
      title={t("recoveryTitle")}
      description={t("recoveryText")}
      footer={
        <>
          <CopyButton text={codes.join("\n")} label={t("copyCodes")} />
          <Button variant="primary" onClick={onDone}>
            {t("codesKept")}
          </Button>
        </>
      }
    >
      <ul
        dir="ltr"
        className="figures grid grid-cols-1 gap-x-6 gap-y-1.5 rounded-md bg-subtle px-4 py-3 sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </Dialog>
  );
}
