import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";

/** Shown once: only their hashes are kept. */
export function RecoveryCodesDialog({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const t = useTranslations("account");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onDone()}
      title={t("recoveryTitle")}
      description={t("recoveryText")}
      footer={
        <>
          <CopyButton text={codes.join("\n")} label={t("copyCodes")} />
          <Button variant="primary" onClick={onDone}>
            {t("codesKept")}
          </Button>
        </>
      }
    >
      <ul
        dir="ltr"
        className="figures grid grid-cols-1 gap-x-6 gap-y-1.5 rounded-md bg-subtle px-4 py-3 sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </Dialog>
  );
}
