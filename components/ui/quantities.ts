import { useLocale } from "next-intl";
import { formatBytes, formatDuration, formatShortDuration } from "@/lib/platform/i18n/quantities";

/** Formats durations and sizes for the language of the page. */
export function useQuantities() {
  const locale = useLocale();
  return {
    duration: (ms: number) => formatDuration(ms, locale),
    shortDuration: (ms: number) => formatShortDuration(ms, locale),
    bytes: (bytes: number) => formatBytes(bytes, locale),
  };
}

/** Keeps left-to-right text (a duration, a number with its sign) in order within a sentence of the other direction. */
export function ltr(text: string): string {
  return `\u2066${text}\u2069`;
}
