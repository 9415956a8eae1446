/** How often targets are looked at though nobody asked. */
export const CHECK_EVERY_MS = 5 * 60_000;
