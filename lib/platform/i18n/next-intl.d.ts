import type { LocaleTag } from "@/lib/contracts/locales";
import type { formats } from "./formats";
import type { Messages } from "./messages";

declare module "next-intl" {
  interface AppConfig {
    Locale: LocaleTag;
    Messages: Messages;
    Formats: typeof formats;
  }
}
