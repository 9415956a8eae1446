import * as z from "zod";

/** The supported languages; their properties are in lib/platform/i18n/locales.ts. */
export const Locale = z.enum(["en", "nl", "ar"]);
export type Locale = z.infer<typeof Locale>;
