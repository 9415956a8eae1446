"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Field, FormProblem } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { toast } from "@/components/ui/toast";
import type { ImageRegistryView } from "@/lib/contracts/image-registry";
import { useSaveImageRegistry } from "./queries";

/** One that is there keeps its host, and its password when none is typed. */
export function ImageRegistryForm({ registry, onDone }: { registry?: ImageRegistryView; onDone: () => void }) {
  const t = useTranslations("imageRegistries");
  const common = useTranslations("common");
  const save = useSaveImageRegistry(registry?.id);
  const [host, setHost] = useState(registry?.host ?? "");
  const [username, setUsername] = useState(registry?.username ?? "");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    const typed = registry ? { username, ...(password && { password }) } : { host, username, password };
    const onSuccess = (saved: ImageRegistryView) => {
      onDone();
      toast.succeeded(t(registry ? "wasChanged" : "wasAdded", { host: saved.host }));
    };
    save.mutate(typed, { onSuccess });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      {!registry && (
        <Field label={t("host")} hint={t("hostHint")} error={fieldSentence(save.error, "host")}>
          <Input
            dir="ltr"
            className="figures"
            value={host}
            onChange={(event) => setHost(event.target.value)}
            placeholder="ghcr.io"
            autoComplete="off"
            spellCheck={false}
            autoFocus
          />
        </Field>
      )}
      <Field label={t("username")} error={fieldSentence(save.error, "username")}>
        <Input
          dir="ltr"
          value={username}
          onChange={(event) => setUsername(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      <Field
        label={t("password")}
        hint={t(registry ? "passwordStays" : "passwordHint")}
        error={fieldSentence(save.error, "password")}
      >
        <PasswordInput
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="new-password"
        />
      </Field>
      <FormProblem error={save.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{common("cancel")}</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          {registry ? common("save") : t("add")}
        </Button>
      </div>
    </form>
  );
}
