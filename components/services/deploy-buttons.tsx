"use client";

import { useQuery } from "@tanstack/react-query";
import { Tag } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ComponentProps, type FormEvent, useId, useState } from "react";
import { fieldSentence, useProblemSentence } from "@/components/api/problem-sentence";
import { useDeployNow } from "@/components/deployments/use-deploy-now";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { shortCommit } from "@/lib/contracts/commit";
import type { Source } from "@/lib/contracts/source";
import { gitQueries } from "./queries";

export function DeployButton({
  service,
  ...props
}: Omit<ComponentProps<typeof Button>, "onClick"> & { service: string }) {
  const deploy = useDeployNow();
  return <Button busy={deploy.busy} onClick={() => deploy.run(service)} {...props} />;
}

/** Deploys with a version and a message, of a repository a commit that is not the newest, and builds anew if asked. */
export function DeployLabelled({ service, source }: { service: string; source: Source["kind"] }) {
  const t = useTranslations();
  const form = useId();
  const [version, setVersion] = useState("");
  const [message, setMessage] = useState("");
  const [commit, setCommit] = useState("");
  const [rebuild, setRebuild] = useState(false);
  const deploy = useDeployNow();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deploy.run(service, {
      ...(version.trim() && { version }),
      ...(message.trim() && { message }),
      ...(commit && { commit }),
      ...(rebuild && { rebuild }),
    });
  };
  const trigger = (
    <Button size="icon" className="size-9" aria-label={t("service.deployLabelled")} title={t("service.deployLabelled")}>
      <Tag aria-hidden />
    </Button>
  );
  const footer = (
    <Button type="submit" form={form} variant="primary" busy={deploy.busy}>
      {t("service.deploy")}
    </Button>
  );
  return (
    <Dialog trigger={trigger} title={t("service.deployLabelled")} footer={footer}>
      <form id={form} onSubmit={submit} noValidate className="flex flex-col gap-4">
        {source === "git" && <CommitField service={service} value={commit} onChange={setCommit} />}
        <Field
          label={t("service.version")}
          optional={t("common.optional")}
          error={fieldSentence(deploy.error, "version")}
        >
          <Input
            dir="ltr"
            className="figures"
            placeholder="v1.4.0"
            value={version}
            onChange={(event) => setVersion(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        </Field>
        <Field
          label={t("service.message")}
          optional={t("common.optional")}
          error={fieldSentence(deploy.error, "message")}
        >
          <Input value={message} onChange={(event) => setMessage(event.target.value)} autoComplete="off" />
        </Field>
        {source !== "image" && (
          <Field inline label={t("service.rebuild")} hint={t("service.rebuildHint")}>
            <Checkbox checked={rebuild} onCheckedChange={(checked) => setRebuild(checked === true)} />
          </Field>
        )}
      </form>
    </Dialog>
  );
}

/** The newest commits of the branch, as its server has them now. */
function CommitField({
  service,
  value,
  onChange,
}: {
  service: string;
  value: string;
  onChange: (commit: string) => void;
}) {
  const t = useTranslations("git");
  const sentence = useProblemSentence();
  const { data, error, isPending } = useQuery(gitQueries.commits(service));
  return (
    <Field label={t("commit")} error={error ? sentence(error) : undefined}>
      <Select value={value} disabled={isPending} onChange={(event) => onChange(event.target.value)}>
        <option value="">{data ? t("newestOf", { ref: data.ref }) : t("newest")}</option>
        {data?.commits.map(({ id, message, isLive, deployment }) => (
          <option key={id} value={id}>
            {[`${shortCommit(id)} ${message}`, isLive ? t("live") : deployment && `#${deployment.number}`]
              .filter(Boolean)
              .join(" · ")}
          </option>
        ))}
      </Select>
    </Field>
  );
}
