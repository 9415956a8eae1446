import { useTranslations } from "next-intl";
import type { SshKeyFacts } from "@/lib/contracts/ssh";

/** "Private key · ssh-ed25519 SHA256:…": everything that may be told of a key. */
export function KeyName({ facts: { kind, keyType, fingerprint } }: { facts: SshKeyFacts }) {
  const t = useTranslations("targets.keyKinds");
  return (
    <span>
      {t(kind)}
      {fingerprint && (
        <>
          {" · "}
          <span className="figures break-all text-[0.92em]">
            {keyType} {fingerprint}
          </span>
        </>
      )}
    </span>
  );
}
