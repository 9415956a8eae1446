import createNextIntlPlugin from "next-intl/plugin";

const withNextIntl = createNextIntlPlugin("./lib/i18n/request.ts");

/** @type {import("next").NextConfig} */
const config = {
  output: "standalone",
  // A lockfile in a folder above the clone must not make that folder the project.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  experimental: {
    // A console is built once per version: a cache, and maps nobody reads, would cost a fresh clone time and disk.
    turbopackFileSystemCacheForBuild: false,
    turbopackSourceMaps: process.env.NODE_ENV !== "production",
    // Every route loaded at the start is 40 MB more, most of it for routes that are seldom asked.
    preloadEntriesOnStart: false,
  },
  poweredByHeader: false,
  reactStrictMode: true,
  serverExternalPackages: [
    "@node-rs/argon2",
    "dockerode",
    "pg",
    "pg-boss",
    "pino",
    "rate-limiter-flexible",
    "ssh2",
    "zod",
  ],
  // `npm run validate` checks the types; once is enough.
  typescript: { ignoreBuildErrors: true },
  // The deployer API is known at these paths as well (design: two documented APIs).
  rewrites: async () => [
    { source: "/deploy", destination: "/api/deploy" },
    { source: "/deploy/:path*", destination: "/api/deploy/:path*" },
    { source: "/health", destination: "/api/health" },
    { source: "/capabilities", destination: "/api/capabilities" },
  ],
};

export default withNextIntl(config);
