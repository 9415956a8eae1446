import { useTranslations } from "next-intl";
import type { TargetView } from "@/lib/contracts/target";
import { sshAddress } from "./ssh-address";

/** Where it is in one line, or what it is. */
export function TargetAddress({ target: { kind, ssh, dokploy } }: { target: TargetView }) {
  const t = useTranslations("targets.kinds");
  if (ssh) return <span className="figures break-all text-[0.96em]">{sshAddress(ssh)}</span>;
  if (!dokploy) return t(kind);
  return (
    <>
      {t(kind)}
      {" · "}
      <span dir="ltr" className="figures break-all text-[0.96em]">
        {dokploy.url.replace(/^https?:\/\//, "")}
      </span>
    </>
  );
}
