"use client";

import { useQuery } from "@tanstack/react-query";
import { KeyRound, ShieldCheck, ShieldQuestion } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Field } from "@/components/forms/field";
import { Form, useContractForm } from "@/components/forms/use-contract-form";
import { Fingerprint } from "@/components/targets/fingerprint";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { CopyButton } from "@/components/ui/copy-button";
import { ErrorPanel } from "@/components/ui/error-panel";
import { FormProblem } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import { type GitAccessView, GitToken } from "@/lib/contracts/git-access";
import {
  gitQueries,
  useConfirmGitHostKey,
  useCreateDeployKey,
  useReadGitHostKey,
  useRemoveGitToken,
  useStoreGitToken,
} from "./queries";

interface OfService {
  name: string;
  access: GitAccessView;
}

/** What a private repository is read with: a deploy key over SSH, a token over HTTPS, and which server may see them. */
export function GitAccess({ name }: { name: string }) {
  const t = useTranslations("git");
  const query = useQuery(gitQueries.access(name));
  const access = query.data;
  const server = access && <bdi className="figures break-all text-[0.96em]">{access.server}</bdi>;
  return (
    <Card title={t("title")} description={server && t.rich("server", { server: () => server })}>
      {query.error && <ErrorPanel error={query.error} retry={query.refetch} />}
      {!access && !query.error && <Skeleton className="h-32" />}
      {access && (
        <div className="flex flex-col divide-y *:py-5 first:*:pt-0 last:*:pb-0">
          {access.server.startsWith("ssh:") ? (
            <>
              <DeployKey name={name} access={access} />
              <HostKey name={name} access={access} />
              <Token name={name} access={access} />
            </>
          ) : (
            <Token name={name} access={access} />
          )}
        </div>
      )}
    </Card>
  );
}

function Part({ title, text, children }: { title: ReactNode; text: ReactNode; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3">
      <div>
        <h3 className="font-medium">{title}</h3>
        <p className="text-pretty text-muted text-sm">{text}</p>
      </div>
      {children}
    </section>
  );
}

function DeployKey({ name, access: { publicKey } }: OfService) {
  const t = useTranslations("git");
  const sentence = useProblemSentence();
  const [isOpen, setOpen] = useState(false);
  const create = useCreateDeployKey(name);
  const run = () =>
    create.mutate(undefined, {
      onSuccess: () => {
        setOpen(false);
        toast.succeeded(t("keyCreated"));
      },
    });
  if (publicKey === null)
    return (
      <Part title={t("deployKey")} text={t("deployKeyNone")}>
        <FormProblem error={create.error} />
        <Button className="self-start" variant="primary" busy={create.isPending} onClick={run}>
          <KeyRound aria-hidden />
          {t("createKey")}
        </Button>
      </Part>
    );
  return (
    <Part title={t("deployKey")} text={t("deployKeyHint")}>
      <div dir="ltr" className="flex items-start gap-1 rounded-md border bg-subtle ps-3 pe-1">
        <code className="figures min-w-0 flex-1 break-all py-2 text-sm">{publicKey}</code>
        <CopyButton text={publicKey} label={t("copyKey")} />
      </div>
      <ConfirmDialog
        danger
        open={isOpen}
        onOpenChange={setOpen}
        trigger={<Button className="self-start">{t("replaceKey")}</Button>}
        title={t("replaceTitle")}
        description={t("replaceText")}
        action={t("replaceKey")}
        busy={create.isPending}
        error={create.error ? sentence(create.error) : undefined}
        onConfirm={run}
      />
    </Part>
  );
}

function HostKey({ name, access: { server, hostKey } }: OfService) {
  const t = useTranslations("git");
  const [isSame, setSame] = useState<boolean | null>(null);
  const read = useReadGitHostKey(name);
  const confirm = useConfirmGitHostKey(name);
  const shown = read.data;
  const run = (line: string) =>
    confirm.mutate(line, {
      onSuccess: () => {
        read.reset();
        toast.succeeded(t("hostKeyConfirmed"));
      },
    });
  return (
    <Part title={t("hostKey")} text={t(`hostKeys.${hostKey.state}`)}>
      {hostKey.keys.map(({ keyType, fingerprint }) => (
        <p key={fingerprint} className="flex items-start gap-2">
          <ShieldCheck aria-hidden className="mt-px size-4.5 shrink-0 text-succeeded" />
          <span dir="ltr" className="figures min-w-0 break-all text-muted text-sm">
            {keyType} {fingerprint}
          </span>
        </p>
      ))}
      {hostKey.confirmedBy && hostKey.confirmedAt && (
        <p className="text-muted text-sm">
          {t.rich("confirmedBy", { name: () => <bdi>{hostKey.confirmedBy}</bdi> })} ·{" "}
          <TimeAgo at={hostKey.confirmedAt} />
        </p>
      )}
      {shown && (
        <Fingerprint key={shown.line} host={server} hostKey={shown} before={hostKey.keys[0]} onCompared={setSame} />
      )}
      <FormProblem error={read.error ?? confirm.error} />
      {(hostKey.state === "confirmed" || hostKey.state === "unconfirmed") && (
        <div className="flex flex-wrap gap-2">
          {shown && (
            <Button
              variant="primary"
              disabled={isSame === false}
              busy={confirm.isPending}
              onClick={() => run(shown.line)}
            >
              <ShieldCheck aria-hidden />
              {t("confirmHostKey")}
            </Button>
          )}
          <Button
            variant={hostKey.state === "unconfirmed" && !shown ? "primary" : "secondary"}
            busy={read.isPending}
            onClick={() => read.mutate()}
          >
            <ShieldQuestion aria-hidden />
            {t("readHostKey")}
          </Button>
        </div>
      )}
    </Part>
  );
}

/** Over HTTPS the repository is read with it; over SSH it is for commit statuses alone. */
function Token({ name, access: { server, token } }: OfService) {
  const t = useTranslations("git");
  const isSsh = server.startsWith("ssh:");
  const store = useStoreGitToken(name);
  const remove = useRemoveGitToken(name);
  const form = useContractForm(GitToken, {
    defaults: () => ({ user: token?.user ?? "", secret: "", server: isSsh ? (token?.server ?? "") : "" }),
    maySubmit: () => !store.isPending,
    submit: (body, answer) => {
      const onSuccess = ({ token: stored }: GitAccessView) => {
        form.reset({ user: stored?.user ?? "", secret: "", server: isSsh ? (stored?.server ?? "") : "" });
        toast.succeeded(t("tokenStored"));
      };
      store.mutate(body, { ...answer, onSuccess });
    },
  });
  const removeStored = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        form.reset({ user: "", secret: "", server: "" });
        toast.succeeded(t("tokenRemoved"));
      },
    });
  const words = {
    user: () => <bdi className="figures">{token?.user}</bdi>,
    server: () => <bdi className="figures">{token?.server}</bdi>,
  };
  const text = token ? t.rich(isSsh ? "statusTokenOf" : "tokenOf", words) : t(isSsh ? "statusTokenNone" : "tokenNone");
  return (
    <Part title={t(isSsh ? "statusToken" : "token")} text={text}>
      <Form form={form} className="flex flex-col gap-4">
        <Field name="user" label={t("tokenUser")} hint={t("tokenUserHint")} placeholder="git" />
        <Field
          name="secret"
          as="password"
          label={t("tokenSecret")}
          hint={t(isSsh ? "statusTokenHint" : "tokenSecretHint")}
        />
        {isSsh && <Field name="server" label={t("tokenServer")} hint={t("tokenServerHint")} />}
        <FormProblem error={form.problem} />
        <FormProblem error={remove.error} />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" busy={store.isPending}>
            {t("storeToken")}
          </Button>
          {token && (
            <Button busy={remove.isPending} onClick={removeStored}>
              {t("removeToken")}
            </Button>
          )}
        </div>
      </Form>
    </Part>
  );
}
