/** Where the proxy says which page is asked for: a page itself is not told its address. */
export const PAGE_HEADER = "x-landfall-page";

/** The sign-in page, which leads back to `page`: a path with its query. */
export function signInAddress(page: string | null): string {
  return page === null || page === "/" ? "/sign-in" : `/sign-in?${new URLSearchParams({ next: page })}`;
}

/**
 * A whole address of this console, whatever was asked for: signing in leads to no other site. Browsers read a tab, a
 * line end and a backslash in an address as other characters; so does URL, and what it makes of the text is what is
 * compared and followed. Never follow the text itself.
 */
export function ownAddress(wanted: string | null | undefined, baseUrl: string): string {
  const home = new URL("/", baseUrl);
  const url = wanted && URL.canParse(wanted, home) ? new URL(wanted, home) : home;
  const isHere = url.protocol === home.protocol && url.host === home.host && url.username + url.password === "";
  return isHere ? url.href : home.href;
}
