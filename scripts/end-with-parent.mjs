/**
 * Preloaded into the web server and the worker: they end when the console that started them is gone, however it went,
 * so that nothing is left running on a database nobody looks after. Programs they start in turn inherit this file, and
 * have a channel of their own that is none of our business.
 */
const LAST_MOMENT_MS = 10_000;

if (process.ppid === Number(process.env.LANDFALL_CONSOLE_PID)) {
  process.once("disconnect", () => {
    setTimeout(() => process.exit(1), LAST_MOMENT_MS).unref();
    process.kill(process.pid, "SIGTERM");
  });
  process.channel?.unref();
}
