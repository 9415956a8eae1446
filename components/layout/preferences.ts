import { useRouter } from "next/navigation";
import { useTimeZone } from "next-intl";
import { useEffect, useState } from "react";
import { TIME_ZONE_COOKIE } from "@/lib/platform/i18n/locales";
import { DENSITY_COOKIE, writeCookie } from "./cookie";

type Density = "comfortable" | "compact";

/** How close rows are, on every list; remembered in a cookie so that the server draws them so. */
export function useDensity(): { density: Density; setDensity: (density: Density) => void } {
  const [chosen, setChosen] = useState<Density>();
  const drawn = typeof document === "undefined" ? undefined : document.documentElement.dataset.density;
  const setDensity = (density: Density) => {
    document.documentElement.dataset.density = density;
    writeCookie(DENSITY_COOKIE, density);
    setChosen(density);
  };
  return { density: chosen ?? (drawn === "compact" ? "compact" : "comfortable"), setDensity };
}

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
