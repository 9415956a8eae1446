import { useTranslations } from "next-intl";
import type { SshKeyFacts } from "@/lib/contracts/ssh";

/** "Private key · ssh-ed25519" and its fingerprint below: everything that may be told of a key. */
export function KeyName({ facts: { kind, keyType, fingerprint } }: { facts: SshKeyFacts }) {
  const t = useTranslations("targets.keyKinds");
  return (
    <span className="min-w-0">
      <span className="block">
        {t(kind)}
        {keyType && (
          <>
            {" · "}
            <span className="figures text-[0.92em]">{keyType}</span>
          </>
        )}
      </span>
      {fingerprint && <span className="figures block break-all text-[0.92em] text-muted">{fingerprint}</span>}
    </span>
  );
}
