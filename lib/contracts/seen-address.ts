const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * Replaces `localhost` in the address of a service on the console's machine with the host name that the console was
 * opened by, so that a browser on another machine can open it. Other addresses are returned unchanged.
 */
export function seenFrom<Url extends string | null>(url: Url, host: string | null): Url {
  if (url === null || host === null || !URL.canParse(`http://${host}`) || !URL.canParse(url)) return url;
  const { hostname } = new URL(`http://${host}`);
  const seen = new URL(url);
  if (seen.hostname !== "localhost" || LOOPBACK.test(hostname)) return url;
  seen.hostname = hostname;
  return seen.toString().replace(/\/$/, url.endsWith("/") ? "/" : "") as Url;
}
