/**
 * Preloaded into the web server and the worker: they end when the console that started them is gone, however it went,
 * so that nothing is left running on a database nobody looks after.
 */
const LAST_MOMENT_MS = 10_000;

process.once("disconnect", () => {
  setTimeout(() => process.exit(1), LAST_MOMENT_MS).unref();
  process.kill(process.pid, "SIGTERM");
});
process.channel?.unref();
