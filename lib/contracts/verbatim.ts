import * as z from "zod";

/** Texts that a form sends untrimmed: a password may contain a space. */
export const verbatim = z.registry<undefined>();
