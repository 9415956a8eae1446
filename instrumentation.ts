/** Next calls this once when a server process starts, before it answers requests. */
export async function register(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: Next replaces this at build time; the edge build must not see Node's modules
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { startWeb } = await import("@/lib/web/health/start-web");
  startWeb();
}
