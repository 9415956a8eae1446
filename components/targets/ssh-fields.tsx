import { FileKey } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ChangeEvent, useRef } from "react";
import { useWatch } from "react-hook-form";
import { Choice, type Option } from "@/components/forms/choice";
import { Field } from "@/components/forms/field";
import { useCurrentForm, useWrong, useWrongs, wrongAt } from "@/components/forms/use-contract-form";
import { Button } from "@/components/ui/button";
import { Field as Frame } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";
import type { HostKeyView, SshKeyFacts } from "@/lib/contracts/ssh";
import { KeyName } from "./host-facts";
import { HostKeyField } from "./host-key";
import {
  emptyJump,
  type JumpValues,
  jumpKeyRequestOf,
  type KeyValues,
  NO_KEY,
  type ServerValues,
} from "./server-values";

/** The address of a server, and the user who signs in: of the server itself, or of its jump host. */
export function AddressFields({
  prefix,
  isFirst,
  unconfirmed = null,
}: {
  prefix: "" | "jump.";
  isFirst?: boolean;
  /** A changed address clears the confirmation; a known server is expected to present its known key. */
  unconfirmed?: HostKeyView | null;
}) {
  const t = useTranslations("serverForm");
  const { setValue } = useCurrentForm<ServerValues>();
  const forget = () => setValue(`${prefix}hostKey`, unconfirmed);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_6rem] gap-4">
      <Field
        name={`${prefix}host`}
        label={t("host")}
        hint={t("hostHint")}
        placeholder="web-1.example.com"
        autoFocus={isFirst}
        onTyped={forget}
      />
      <Field name={`${prefix}port`} label={t("port")} placeholder="22" onTyped={forget} />
      <Field
        className="col-span-2"
        name={`${prefix}user`}
        label={t("user")}
        hint={prefix === "" && t("userHint")}
        placeholder="root"
      />
    </div>
  );
}

interface JumpProps {
  hasAgent: boolean;
  kept?: SshKeyFacts | undefined;
}

/** A jump host, with a host key and a sign-in of its own. */
export function JumpFields(props: JumpProps) {
  const t = useTranslations("serverForm");
  const { control, setValue } = useCurrentForm<ServerValues>();
  const jump = useWatch({ control, name: "jump" });
  const choose = (isOn: boolean) => {
    setValue("jump", isOn ? emptyJump : null);
    setValue("hostKey", null);
  };
  return (
    <>
      <Frame inline label={t("useJump")} hint={t("useJumpHint")}>
        <Switch checked={jump !== null} onCheckedChange={choose} />
      </Frame>
      {jump && (
        <fieldset className="flex min-w-0 flex-col gap-4 rounded-md border p-4">
          <legend className="px-1 font-medium text-sm">{t("jump")}</legend>
          <Jump jump={jump} {...props} />
        </fieldset>
      )}
    </>
  );
}

function Jump({ jump, hasAgent, kept }: JumpProps & { jump: JumpValues }) {
  const { setValue, refuse } = useCurrentForm<ServerValues>();
  return (
    <>
      <AddressFields prefix="jump." />
      <HostKeyField
        isMinor
        key={`${jump.host} ${jump.port}`}
        host={jump.host}
        request={() => jumpKeyRequestOf(jump)}
        value={jump.hostKey}
        onConfirm={(hostKey) => setValue("jump.hostKey", hostKey)}
        // The answer to this request contains no jump host.
        onError={(error) => refuse(error, ["jump"])}
        error={useWrong("jump.hostKey")}
      />
      <KeyFields mayBeSame name="jump.key" hasAgent={hasAgent} kept={kept} />
    </>
  );
}

interface KeyProps extends JumpProps {
  name: "key" | "jump.key";
  /** For a jump host, which may use the server's key. */
  mayBeSame?: boolean;
  /** The field has just appeared as the next step. */
  isNext?: boolean;
}

/** The key for signing in: pasted and never shown again, or the SSH agent that Landfall was started with. */
export function KeyFields({ name, hasAgent, kept, mayBeSame, isNext }: KeyProps) {
  const t = useTranslations("serverForm");
  const { control, setValue } = useCurrentForm<ServerValues>();
  const { kind } = useWatch({ control, name });
  const options: Option<KeyValues["kind"]>[] = [
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
  useWrong(name);
  const wrongs = useWrongs(name);
  const wrongKind = wrongAt(wrongs, `${name}.kind`) ?? wrongAt(wrongs, name);
  return (
    <>
      {mayBeSame && <p className="-mb-2 font-medium text-sm">{t("signIn")}</p>}
      <Choice
        autoFocus={isNext}
        label={t("signIn")}
        options={options}
        value={kind}
        onChange={(chosen) => setValue(name, { kind: chosen, ...NO_KEY })}
      />
      {wrongKind && (
        <p role="alert" className="text-failed text-sm">
          {wrongKind}
        </p>
      )}
      {kind === "private-key" && (
        <>
          <PrivateKey name={`${name}.privateKey`} />
          <Field
            name={`${name}.passphrase`}
            as="password"
            className="@lg/page:max-w-80"
            label={t("passphrase")}
            hint={t("passphraseHint")}
          />
        </>
      )}
    </>
  );
}

function PrivateKey({ name }: { name: `${KeyProps["name"]}.privateKey` }) {
  const t = useTranslations("serverForm");
  const { setValue } = useCurrentForm<ServerValues>();
  const file = useRef<HTMLInputElement>(null);
  const read = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = target.files ?? [];
    if (chosen) setValue(name, await chosen.text());
    target.value = ""; // the same file can be chosen again
  };
  return (
    <div className="flex flex-col items-start gap-2">
      <Field
        className="w-full"
        name={name}
        as="lines"
        label={t("privateKey")}
        hint={t.rich("privateKeyHint", { code: (text) => <code className="figures break-all">{text}</code> })}
        placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
      />
      <input ref={file} type="file" hidden onChange={read} />
      <Button onClick={() => file.current?.click()}>
        <FileKey aria-hidden />
        {t("chooseFile")}
      </Button>
    </div>
  );
}
