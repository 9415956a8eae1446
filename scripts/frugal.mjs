/**
 * The Node.js flags of our processes, for `npm start` and the image alike. A console idles most of its life, on a
 * machine that it deploys to: small heaps, and no second, optimised copy of the WebAssembly query compiler. Measured:
 * 203 to 130 MiB for an idle web server, 135 to 104 MiB for a worker.
 */
export const FRUGAL = ["--max-semi-space-size=2", "--max-old-space-size=384", "--optimize-for-size", "--liftoff-only"];

/** V8's last optimising compiler costs 3 MiB and gains nothing in a process that waits for hosts and the database. */
export const FRUGAL_WORKER = [...FRUGAL, "--no-opt", "--v8-pool-size=1"];

/** glibc would keep a heap per thread, and freed memory for later use. Other C libraries ignore these. */
export const FRUGAL_MALLOC = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_MMAP_THRESHOLD_: "131072",
};
