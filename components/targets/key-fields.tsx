import { FileKey } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ChangeEvent, useRef } from "react";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import type { SshKeyFacts } from "@/lib/contracts/ssh";
import { Choice, type Option } from "./choice";
import { KeyName } from "./key-name";
import type { KeyDraft } from "./server-draft";

interface Props {
  value: KeyDraft;
  onChange: (key: KeyDraft) => void;
  error: unknown;
  path: readonly string[];
  /** Landfall was started with an agent. */
  hasAgent: boolean;
  /** The one that is stored, if it can be kept. */
  kept?: SshKeyFacts | undefined;
  /** Of a jump host, which may take the server's. */
  mayBeSame?: boolean;
  /** It has just appeared, because it is next. */
  isNext?: boolean;
}

/** What signs in: pasted and then never shown again, or an agent. */
export function KeyFields({ value, onChange, error, path, hasAgent, kept, mayBeSame, isNext }: Props) {
  const t = useTranslations("serverForm");
  const set = (change: Partial<KeyDraft>) => onChange({ ...value, ...change });
  const options: Option<KeyDraft["kind"]>[] = [
    ...(mayBeSame ? [{ value: "same", title: t("keys.same") } as const] : []),
    ...(kept ? [{ value: "kept", title: t("keys.kept"), text: <KeyName facts={kept} /> } as const] : []),
    { value: "private-key", title: t(kept ? "keys.another" : "keys.privateKey"), text: t("keys.privateKeyText") },
    {
      value: "agent",
      title: t("keys.agent"),
      text: t(hasAgent ? "keys.agentText" : "keys.noAgent"),
      disabled: !hasAgent,
    },
  ];
  const wrongKind = fieldSentence(error, ...path, "kind") ?? fieldSentence(error, ...path);
  return (
    <>
      {mayBeSame && <p className="-mb-2 font-medium text-sm">{t("signIn")}</p>}
      <Choice
        autoFocus={isNext}
        label={t("signIn")}
        options={options}
        value={value.kind}
        onChange={(kind) => onChange({ kind, privateKey: "", passphrase: "" })}
      />
      {wrongKind && (
        <p role="alert" className="text-failed text-sm">
          {wrongKind}
        </p>
      )}
      {value.kind === "private-key" && (
        <>
          <PrivateKey
            value={value.privateKey}
            onChange={(privateKey) => set({ privateKey })}
            error={fieldSentence(error, ...path, "privateKey")}
          />
          <Field
            className="@lg/page:max-w-80"
            label={t("passphrase")}
            hint={t("passphraseHint")}
            error={fieldSentence(error, ...path, "passphrase")}
          >
            <PasswordInput
              value={value.passphrase}
              onChange={(event) => set({ passphrase: event.target.value })}
              autoComplete="off"
            />
          </Field>
        </>
      )}
    </>
  );
}

function PrivateKey({
  value,
  onChange,
  error,
}: {
  value: string;
  onChange: (text: string) => void;
  error: string | undefined;
}) {
  const t = useTranslations("serverForm");
  const file = useRef<HTMLInputElement>(null);
  const read = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = target.files ?? [];
    if (chosen) onChange(await chosen.text());
    target.value = ""; // the same file can be chosen again
  };
  const hint = t.rich("privateKeyHint", { code: (text) => <code className="figures break-all">{text}</code> });
  return (
    <div className="flex flex-col items-start gap-2">
      <Field className="w-full" label={t("privateKey")} hint={hint} error={error}>
        <Textarea
          dir="ltr"
          className="figures min-h-36 text-sm"
          placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
      </Field>
      <input ref={file} type="file" hidden onChange={read} />
      <Button onClick={() => file.current?.click()}>
        <FileKey aria-hidden />
        {t("chooseFile")}
      </Button>
    </div>
  );
}
