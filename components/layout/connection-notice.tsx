"use client";

import { WifiOff } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { isConnected, useIsConnected } from "@/components/api/connection";
import { toast } from "@/components/ui/toast";

/** A shorter interruption is not shown. */
const PATIENCE_MS = 1_500;

/** The one notice of a lost connection to the server; while it is lost, a click on a link does not leave the page. */
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
  useEffect(() => {
    const stay = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
      if (isConnected() || !(link instanceof HTMLAnchorElement) || !leadsToAPage(link)) return;
      event.preventDefault();
      event.stopPropagation();
      toast.failed(t("offline"));
    };
    document.addEventListener("click", stay, { capture: true });
    return () => document.removeEventListener("click", stay, { capture: true });
  }, [t]);
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

function leadsToAPage({ target, origin, pathname, hash }: HTMLAnchorElement): boolean {
  const isHere = pathname === window.location.pathname && hash !== "";
  return target !== "_blank" && origin === window.location.origin && !isHere;
}

/** Opens a page. Without a connection it says so instead: the router would show the browser's own error page. */
export function useGo(): (href: string) => void {
  const router = useRouter();
  const t = useTranslations("frame");
  return (href) => (isConnected() ? router.push(href) : toast.failed(t("offline")));
}
