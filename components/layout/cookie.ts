/** Preferences that the server needs for the first rendering. */
export const SIDEBAR_COOKIE = "landfall-sidebar";
export const DENSITY_COOKIE = "landfall-density";

const YEAR_S = 31_536_000;

export function writeCookie(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API does not exist on plain http addresses
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR_S}; samesite=lax`;
}
