/**
 * Preloaded into the web server and the worker: they end when the console that started them is gone, for any reason, so
 * that nothing keeps running on a database without a console. Their own child processes inherit this file, and have
 * channels of their own that are ignored here.
 */
const LAST_MOMENT_MS = 10_000;

if (process.ppid === Number(process.env.LANDFALL_CONSOLE_PID)) {
  process.once("disconnect", () => {
    setTimeout(() => process.exit(1), LAST_MOMENT_MS).unref();
    process.kill(process.pid, "SIGTERM");
  });
  process.channel?.unref();
}
