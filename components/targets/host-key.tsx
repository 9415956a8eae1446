"use client";

import { KeyRound, ShieldCheck, ShieldQuestion } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { fieldSentencesUnder, useProblemSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { FormProblem } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import type { HostKeyView } from "@/lib/contracts/ssh";
import type { TargetView } from "@/lib/contracts/target";
import { Fingerprint } from "./fingerprint";
import { useChangeTarget, useReadHostKey } from "./queries";
import { hostKeyRequestOf, valuesOfServer } from "./server-values";

interface Props {
  host: string;
  /** The body of the request that reads the key. */
  request: () => Record<string, unknown>;
  /** The confirmed key. */
  value: HostKeyView | null;
  onConfirm: (hostKey: HostKeyView) => void;
  /** Reading was refused because of typed values: their fields show why. Null before each attempt. */
  onError: (error: unknown) => void;
  /** The error of the last answer. */
  error?: string | undefined;
  /** The key belongs to a jump host, so its button is not the page's main one. */
  isMinor?: boolean;
}

/** Reads a server's key and shows its fingerprint for a person to confirm. */
export function HostKeyField({ host, request, value, onConfirm, onError, error, isMinor }: Props) {
  const t = useTranslations("serverForm");
  const [isSame, setSame] = useState<boolean | null>(null);
  const read = useReadHostKey();
  const ask = () => {
    setSame(null);
    onError(null);
    read.mutate(request(), { onError: (error) => fieldSentencesUnder(error).length > 0 && onError(error) });
  };
  const shown = read.data;
  const isOpen = shown !== undefined && shown.line !== value?.line;
  return (
    <div className="flex flex-col gap-4">
      {isOpen && <Fingerprint key={shown.line} host={host} hostKey={shown} before={value} onCompared={setSame} />}
      {!isOpen && value && <Confirmed hostKey={value} />}
      <FormProblem error={read.error} />
      {error && (
        <p role="alert" className="text-failed text-sm">
          {error}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        {isOpen && (
          <Button variant="primary" disabled={isSame === false} onClick={() => onConfirm(shown)}>
            <ShieldCheck aria-hidden />
            {t("confirm")}
          </Button>
        )}
        <ReadButton
          step={isOpen ? "open" : value ? "confirmed" : "unread"}
          {...{ isMinor, ask, isBusy: read.isPending }}
        />
      </div>
    </div>
  );
}

const READ_VARIANTS = { open: "ghost", confirmed: "link", unread: "primary" } as const;

function ReadButton({
  step,
  isMinor,
  isBusy,
  ask,
}: {
  step: keyof typeof READ_VARIANTS;
  isMinor: boolean | undefined;
  isBusy: boolean;
  ask: () => void;
}) {
  const t = useTranslations("serverForm");
  const isNext = step === "unread" && !isMinor;
  return (
    <Button
      // Enter in the address field reads the key, while that is the next step.
      type={isNext ? "submit" : "button"}
      variant={step === "unread" && isMinor ? "secondary" : READ_VARIANTS[step]}
      busy={isBusy}
      onClick={ask}
    >
      <KeyRound aria-hidden />
      {t(isBusy ? "reading" : step === "unread" ? "readKey" : "readAgain")}
    </Button>
  );
}

function Confirmed({ hostKey: { keyType, fingerprint } }: { hostKey: HostKeyView }) {
  const t = useTranslations("serverForm");
  return (
    <p className="flex items-start gap-2">
      <ShieldCheck aria-hidden className="mt-px size-4.5 shrink-0 text-succeeded" />
      <span className="min-w-0">
        <span className="block font-medium text-succeeded">{t("confirmed")}</span>
        <span className="figures block break-all text-muted text-sm">
          {keyType} {fingerprint}
        </span>
      </span>
    </p>
  );
}

/** For a server whose key is unconfirmed, or that now presents another key. */
export function ConfirmHostKey({ target }: { target: TargetView }) {
  const t = useTranslations();
  const sentence = useProblemSentence();
  const [isOpen, setOpen] = useState(false);
  const [isSame, setSame] = useState<boolean | null>(null);
  const read = useReadHostKey();
  const change = useChangeTarget(target.name);
  const { mutate: ask, data: shown } = read;
  useEffect(() => {
    if (isOpen) ask(hostKeyRequestOf(valuesOfServer(target), target.name));
  }, [isOpen, ask, target]);
  const confirm = () =>
    change.mutate(
      { hostKey: shown?.line },
      {
        onSuccess: () => {
          setOpen(false);
          toast.succeeded(t("targets.keyConfirmed", { name: target.name }));
        },
      },
    );
  return (
    <ConfirmDialog
      wide
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <ShieldQuestion aria-hidden />
          {t("targets.compareKey")}
        </Button>
      }
      title={t("targets.confirmTitle", { name: target.name })}
      description={t("serverForm.steps.hostKey.text")}
      action={t("serverForm.confirm")}
      busy={change.isPending}
      disabled={!shown || isSame === false}
      error={change.error ? sentence(change.error) : undefined}
      onConfirm={confirm}
    >
      {read.isPending && <p className="breathe text-muted">{t("serverForm.reading")}</p>}
      <FormProblem error={read.error} />
      {shown && (
        <Fingerprint
          key={shown.line}
          host={target.ssh?.host ?? target.name}
          hostKey={shown}
          before={target.ssh?.hostKey?.line === shown.line ? null : target.ssh?.hostKey}
          onCompared={setSame}
        />
      )}
    </ConfirmDialog>
  );
}
