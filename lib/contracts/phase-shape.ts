import * as z from "zod";
import { PHASE_KEYS, PHASE_STATUSES } from "./phase";

/* The zod shapes of phases. Separate from their keys, because the first load of a page has no zod. */

export const PhaseKey = z.enum(PHASE_KEYS);
export type PhaseKey = z.infer<typeof PhaseKey>;

export const PhaseStatus = z.enum(PHASE_STATUSES);
export type PhaseStatus = z.infer<typeof PhaseStatus>;
