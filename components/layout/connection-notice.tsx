"use client";

import { WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { toast } from "@/components/ui/toast";
import { useIsConnected } from "@/lib/client/connection";

/** A short cut heals before anybody needs to know of it. */
const PATIENCE_MS = 1_500;

/** The one place that says whether the server is reached. */
export function ConnectionNotice() {
  const t = useTranslations("frame");
  const connected = useIsConnected();
  const [shown, setShown] = useState(false);
  const wasShown = useRef(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(!connected), connected ? 0 : PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [connected]);
  useEffect(() => {
    if (wasShown.current && !shown) toast.succeeded(t("backOnline"));
    wasShown.current = shown;
  }, [shown, t]);
  return (
    <div
      role="status"
      className={
        shown ? "flex items-center gap-2 border-b px-4 py-2 text-sm text-warning wash-warning sm:px-6" : "sr-only"
      }
    >
      {shown && (
        <>
          <WifiOff aria-hidden className="size-4 shrink-0" />
          {t("offline")}
        </>
      )}
    </div>
  );
}
