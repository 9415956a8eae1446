import { Eye, EyeOff, Lock, LockOpen, Pencil, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence, useProblemSentence } from "@/components/api/problem-sentence";
import { ConfirmChange } from "@/components/forms/confirm-change";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { Field, FormProblem } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { TableCell, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { EnvironmentEntry } from "@/lib/contracts/service";
import { useChangeEnvironment, useRevealVariable } from "./queries";

interface Props {
  service: string;
  entry: EnvironmentEntry;
  mayReveal: boolean;
  mayChange: boolean;
}

export function EnvironmentRow({ service, entry, mayReveal, mayChange }: Props) {
  const t = useTranslations("environment");
  const [dialog, setDialog] = useState<"change" | "remove">();
  const { name, changedAt, changedBy } = entry;
  const close = (isOpen: boolean) => isOpen || setDialog(undefined);
  return (
    <TableRow>
      <TableCell className="align-top">
        <span className="figures block min-h-7 break-all pt-1 font-medium text-[0.92em]">{name}</span>
        <span className="block text-faint text-sm">{t(entry.secret ? "secret" : "notSecret")}</span>
        <span className="block text-faint text-sm @3xl/page:hidden">
          <TimeAgo at={changedAt} />
        </span>
      </TableCell>
      <TableCell className="align-top">
        <Value service={service} name={name} mayReveal={mayReveal} />
      </TableCell>
      <TableCell className="pt-2.5 align-top text-muted text-sm @max-3xl/page:hidden">
        <bdi>{changedBy ?? t("landfall")}</bdi> · <TimeAgo at={changedAt} />
      </TableCell>
      {mayChange && (
        <TableCell className="whitespace-nowrap text-end align-top">
          <SecretSwitch service={service} entry={entry} />
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={t("changeNamed", { name })}
            onClick={() => setDialog("change")}
          >
            <Pencil aria-hidden />
          </Button>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={t("removeNamed", { name })}
            onClick={() => setDialog("remove")}
          >
            <Trash2 aria-hidden />
          </Button>
          {dialog === "change" && <ChangeVariable service={service} name={name} onOpenChange={close} />}
          {dialog === "remove" && <RemoveVariable service={service} name={name} onOpenChange={close} />}
        </TableCell>
      )}
    </TableRow>
  );
}

/** Whether logs mask the value, from the next line on. */
function SecretSwitch({ service, entry: { name, secret } }: { service: string; entry: EnvironmentEntry }) {
  const t = useTranslations("environment");
  const sentence = useProblemSentence();
  const change = useChangeEnvironment(service);
  const choose = () =>
    change.mutate({ secret: { [name]: !secret } }, { onError: (error) => toast.failed(sentence(error)) });
  return (
    <Button
      variant="ghost"
      size="icon-sm"
      busy={change.isPending}
      aria-pressed={secret}
      aria-label={t("maskNamed", { name })}
      onClick={choose}
    >
      {secret ? <Lock aria-hidden /> : <LockOpen aria-hidden />}
    </Button>
  );
}

/** Hidden until it is revealed, one at a time; each reveal is recorded in the audit log. */
function Value({ service, name, mayReveal }: { service: string; name: string; mayReveal: boolean }) {
  const t = useTranslations("environment");
  const sentence = useProblemSentence();
  const reveal = useRevealVariable(service);
  const value = reveal.data?.value;
  const ask = () => reveal.mutate(name, { onError: (error) => toast.failed(sentence(error)) });
  return (
    <span dir="ltr" className="flex min-w-0 items-start gap-1 rtl:justify-end">
      {value === undefined ? (
        <span className="select-none pt-1 text-faint tracking-widest">
          <span aria-hidden>••••••••</span>
          <span className="sr-only">{t("hidden")}</span>
        </span>
      ) : (
        <code className="figures min-w-0 whitespace-pre-wrap break-all pt-1 text-[0.92em]">{value || t("empty")}</code>
      )}
      {mayReveal && (
        <Button
          variant="ghost"
          size="icon-sm"
          busy={reveal.isPending}
          aria-label={t(value === undefined ? "revealNamed" : "hideNamed", { name })}
          onClick={value === undefined ? ask : () => reveal.reset()}
        >
          {value === undefined ? <Eye aria-hidden /> : <EyeOff aria-hidden />}
        </Button>
      )}
      {value !== undefined && <CopyButton text={value} label={t("copyNamed", { name })} />}
    </span>
  );
}

interface DialogProps {
  service: string;
  name: string;
  onOpenChange: (isOpen: boolean) => void;
}

/** A new value; the stored one stays hidden. */
function ChangeVariable({ service, name, onOpenChange }: DialogProps) {
  const t = useTranslations();
  const change = useChangeEnvironment(service);
  const [value, setValue] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    change.mutate(
      { set: { [name]: value } },
      {
        onSuccess: () => {
          onOpenChange(false);
          toast.succeeded(t("environment.saved"));
        },
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={t("environment.changeTitle", { name })}
      description={t("environment.changeText")}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label={t("environment.newValue")} error={fieldSentence(change.error, "set", name)}>
          <Textarea
            dir="ltr"
            className="figures"
            rows={3}
            value={value}
            onChange={(event) => setValue(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            autoFocus
          />
        </Field>
        <FormProblem error={change.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={() => onOpenChange(false)}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={change.isPending}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function RemoveVariable({ service, name, onOpenChange }: DialogProps) {
  const t = useTranslations("environment");
  const change = useChangeEnvironment(service);
  return (
    <ConfirmChange
      danger
      open
      onOpenChange={onOpenChange}
      title={t("removeTitle", { name })}
      description={t("removeText")}
      action={t("remove")}
      change={change}
      input={{ unset: [name] }}
      onDone={() => toast.succeeded(t("removed", { name }))}
    />
  );
}
