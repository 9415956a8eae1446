import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { CopyButton } from "@/components/ui/copy-button";
import type { SshView } from "@/lib/contracts/ssh";
import { Fact } from "./fact";
import { KeyName } from "./key-name";
import { sshAddress } from "./ssh-address";

/** How a server is reached, and how both sides know each other. */
export function SshFacts({ ssh }: { ssh: SshView }) {
  const t = useTranslations("targets");
  const { base, publicHost, hostKey, jump } = ssh;
  return (
    <>
      <Fact label={t("hostKey")} className="sm:col-span-2">
        {hostKey ? (
          <Mono
            text={`${hostKey.keyType} ${hostKey.fingerprint}`}
            copied={hostKey.fingerprint}
            label={t("copyFingerprint")}
          />
        ) : (
          <span className="text-warning">{t("unconfirmed")}</span>
        )}
      </Fact>
      <Fact label={t("signsIn")} className="sm:col-span-2">
        <KeyName facts={ssh.key} />
      </Fact>
      <Fact label={t("base")} className={publicHost || jump ? undefined : "sm:col-span-2"}>
        <Mono text={base} />
      </Fact>
      {publicHost && (
        <Fact label={t("publicHost")}>
          <Mono text={publicHost} />
        </Fact>
      )}
      {jump && (
        <Fact label={t("jump")} className="sm:col-span-2">
          <span className="min-w-0">
            <span className="figures block break-all text-[0.92em]">{sshAddress(jump)}</span>
            <span className="figures block break-all text-faint text-sm">
              {jump.hostKey.keyType} {jump.hostKey.fingerprint}
            </span>
            <span className="block text-faint text-sm">
              <KeyName facts={jump.key} />
            </span>
          </span>
        </Fact>
      )}
    </>
  );
}

function Mono({ text, copied, label }: { text: ReactNode; copied?: string; label?: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <span className="figures break-all text-[0.92em]">{text}</span>
      {copied && <CopyButton text={copied} label={label} />}
    </span>
  );
}
