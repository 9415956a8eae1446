import { useTranslations } from "next-intl";
import { CopyButton } from "@/components/ui/copy-button";
import type { HostKeyView, SshView } from "@/lib/contracts/ssh";
import { Fact } from "./fact";
import { KeyName } from "./key-name";
import { sshAddress } from "./ssh-address";

/** How a server is reached, and how both sides know each other. */
export function SshFacts({ ssh }: { ssh: SshView }) {
  const t = useTranslations("targets");
  const { base, publicHost, hostKey, jump } = ssh;
  return (
    <>
      <Fact label={t("hostKey")}>
        {hostKey ? (
          <span className="flex min-w-0 items-end gap-1">
            <HostKey hostKey={hostKey} />
            <CopyButton text={hostKey.fingerprint} label={t("copyFingerprint")} className="-my-1" />
          </span>
        ) : (
          <span className="text-warning">{t("unconfirmed")}</span>
        )}
      </Fact>
      <Fact label={t("signsIn")}>
        <KeyName facts={ssh.key} />
      </Fact>
      <Fact label={t("base")}>
        <Mono text={base} />
      </Fact>
      {publicHost && (
        <Fact label={t("publicHost")}>
          <Mono text={publicHost} />
        </Fact>
      )}
      {jump && (
        <Fact label={t("jump")}>
          <span className="min-w-0">
            <span className="figures block break-all text-[0.92em]">{sshAddress(jump)}</span>
            <HostKey hostKey={jump.hostKey} />
            <KeyName facts={jump.key} />
          </span>
        </Fact>
      )}
    </>
  );
}

function Mono({ text }: { text: string }) {
  return <span className="figures break-all text-[0.92em]">{text}</span>;
}

function HostKey({ hostKey: { keyType, fingerprint } }: { hostKey: HostKeyView }) {
  return (
    <span className="figures block min-w-0 text-[0.92em]">
      <span className="block">{keyType}</span>
      <span className="block break-all text-muted">{fingerprint}</span>
    </span>
  );
}
