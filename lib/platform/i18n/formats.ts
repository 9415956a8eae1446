import type { Formats } from "next-intl";

export const formats = {
  dateTime: {
    time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    day: { day: "numeric", month: "short", year: "numeric" },
    moment: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    exact: {
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    },
  },
  number: {
    percent: { style: "percent", maximumFractionDigits: 1 },
  },
} as const satisfies Formats;
