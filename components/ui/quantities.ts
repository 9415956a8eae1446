import { useLocale } from "next-intl";
import { formatBytes, formatDuration, formatShortDuration } from "@/lib/platform/i18n/quantities";

/** Writes durations and sizes for the language of the page. */
export function useQuantities() {
  const locale = useLocale();
  return {
    duration: (ms: number) => formatDuration(ms, locale),
    shortDuration: (ms: number) => formatShortDuration(ms, locale),
    bytes: (bytes: number) => formatBytes(bytes, locale),
  };
}

/** Keeps the order of what reads left to right (a duration, a number with its sign) inside a sentence that runs the other way. */
export function ltr(text: string): string {
  return `\u2066${text}\u2069`;
}
