import * as z from "zod";
import { LOCALE_KEYS } from "./locales";

export const Locale = z.enum(LOCALE_KEYS);
export type Locale = z.infer<typeof Locale>;
