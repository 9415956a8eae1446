import * as z from "zod";

/** The languages Landfall speaks; what each is like is in lib/platform/i18n/locales.ts. */
export const Locale = z.enum(["en", "nl", "ar"]);
export type Locale = z.infer<typeof Locale>;
