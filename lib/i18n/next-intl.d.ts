import type { formats } from "./formats";
import type { LocaleTag } from "./locales";
import type messages from "./messages/en.json";

declare module "next-intl" {
  interface AppConfig {
    Locale: LocaleTag;
    Messages: typeof messages;
    Formats: typeof formats;
  }
}
