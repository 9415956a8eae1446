/** The header in which proxy.ts passes a page its own address, which Next does not provide. */
export const PAGE_HEADER = "x-landfall-page";

/** The address of the sign-in page, which returns to `page`: a path with its query. */
export function signInAddress(page: string | null): string {
  return page === null || page === "/" ? "/sign-in" : `/sign-in?${new URLSearchParams({ next: page })}`;
}

/**
 * An absolute address of this console, whatever was requested: signing in never leads to another site. Browsers replace
 * a tab, a line end and a backslash in an address. URL does the same, so its result is compared and followed, never the
 * text.
 */
export function ownAddress(wanted: string | null | undefined, baseUrl: string): string {
  const home = new URL("/", baseUrl);
  const url = wanted && URL.canParse(wanted, home) ? new URL(wanted, home) : home;
  const isHere = url.protocol === home.protocol && url.host === home.host && url.username + url.password === "";
  return isHere ? url.href : home.href;
}
