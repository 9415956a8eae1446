import * as z from "zod";

/** Texts that a form sends as they are, without trimming: a space may belong to a password. */
export const verbatim = z.registry<undefined>();
