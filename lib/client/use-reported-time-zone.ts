import { useRouter } from "next/navigation";
import { useTimeZone } from "next-intl";
import { useEffect } from "react";
import { TIME_ZONE_COOKIE } from "@/lib/platform/i18n/locales";
import { writeCookie } from "./cookie";

/** Only the browser knows where the reader is: told once, the server shows their times from the first rendering on. */
export function useReportedTimeZone(): void {
  const rendered = useTimeZone();
  const router = useRouter();
  useEffect(() => {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!here || here === rendered) return;
    writeCookie(TIME_ZONE_COOKIE, here);
    router.refresh();
  }, [rendered, router]);
}
