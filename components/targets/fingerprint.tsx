import { CircleCheck, CircleX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { CopyButton } from "@/components/ui/copy-button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { HostKeyView } from "@/lib/contracts/ssh";

/** A fingerprint for a person to compare. `onCompared` reports whether the pasted text equals it; null: none pasted. */
export function Fingerprint({
  host,
  hostKey,
  before,
  onCompared,
}: {
  host: string;
  hostKey: HostKeyView;
  /** The previously confirmed key, if it was another one. */
  before?: HostKeyView | null | undefined;
  onCompared: (isSame: boolean | null) => void;
}) {
  const t = useTranslations("serverForm");
  const [printed, setPrinted] = useState("");
  const command = commandThatPrints(hostKey.keyType);
  const isSame = printed.trim() === "" ? null : isPrinted(printed, hostKey.fingerprint);
  const compare = (text: string) => {
    setPrinted(text);
    onCompared(text.trim() === "" ? null : isPrinted(text, hostKey.fingerprint));
  };
  return (
    <div className="flex flex-col gap-4">
      <div>
        <p className="text-muted text-sm">
          {t.rich("shows", {
            host: () => <bdi className="figures">{host}</bdi>,
            type: () => <bdi className="figures">{hostKey.keyType}</bdi>,
          })}
        </p>
        <p
          dir="ltr"
          className="mt-1.5 break-all rounded-md border bg-background px-4 py-3 font-medium font-mono text-lg"
        >
          {hostKey.fingerprint}
        </p>
        {before && (
          <p className="mt-2 text-failed text-sm">
            {t("confirmedBefore")} <span className="figures break-all">{before.fingerprint}</span>
          </p>
        )}
      </div>
      <div>
        <p className="text-pretty text-sm">{t("compareHow")}</p>
        <div dir="ltr" className="mt-1.5 flex items-center gap-1 rounded-md border bg-subtle ps-3 pe-1">
          <code className="figures min-w-0 flex-1 overflow-x-auto whitespace-nowrap py-2 text-sm">{command}</code>
          <CopyButton text={command} label={t("copyCommand")} />
        </div>
      </div>
      <Field label={t("printed")} optional={t("printedOptional")}>
        <Input
          dir="ltr"
          className="figures"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={printed}
          onChange={(event) => compare(event.target.value)}
          placeholder="256 SHA256:… root@web-1 (ED25519)"
        />
      </Field>
      <p aria-live="polite" className="empty:hidden">
        {isSame === true && (
          <span className="flex items-center gap-1.5 text-sm text-succeeded">
            <CircleCheck aria-hidden className="size-4 shrink-0" />
            {t("isSame")}
          </span>
        )}
        {isSame === false && (
          <span className="flex items-center gap-1.5 text-failed text-sm">
            <CircleX aria-hidden className="size-4 shrink-0" />
            {t("isOther")}
          </span>
        )}
      </p>
    </div>
  );
}

/** The files of OpenSSH's host keys, by key type. */
const FILES: readonly [RegExp, string][] = [
  [/ed25519/, "ed25519"],
  [/^ecdsa/, "ecdsa"],
  [/rsa/, "rsa"],
];

/** The command that prints the fingerprint of that key on the server itself. */
export function commandThatPrints(keyType: string): string {
  const name = FILES.find(([type]) => type.test(keyType))?.[1] ?? "ed25519";
  return `ssh-keygen -lf /etc/ssh/ssh_host_${name}_key.pub`;
}

/** Does the text contain the fingerprint, as a whole printed line or alone? */
export function isPrinted(text: string, fingerprint: string): boolean {
  return text.trim().split(/\s+/).includes(fingerprint);
}
