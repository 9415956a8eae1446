"use client";

import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";

export function MadeToken({ token, isLeaving, onDone }: { token: string; isLeaving: boolean; onDone: () => void }) {
  const t = useTranslations("tokens");
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-1 rounded-md border border-line-strong bg-background py-1.5 ps-3 pe-1.5">
        <code className="figures min-w-0 flex-1 select-all break-all">{token}</code>
        <CopyButton text={token} label={t("copyToken")} />
      </div>
      <pre dir="ltr" className="figures overflow-x-auto rounded-md bg-subtle px-3 py-2.5 text-muted text-sm">
        {`curl -H "Authorization: Bearer ${token.slice(0, 9)}…" \\\n  ${window.location.origin}/api/services`}
      </pre>
      {isLeaving && (
        <p role="alert" className="text-pretty text-warning">
          {t("notCopied")}
        </p>
      )}
      <div className="flex justify-end">
        <Button variant="primary" onClick={onDone}>
          {t("done")}
        </Button>
      </div>
    </div>
  );
}
