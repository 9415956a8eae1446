import createNextIntlPlugin from "next-intl/plugin";

const withNextIntl = createNextIntlPlugin({
  requestConfig: "./lib/web/request-locale.ts",
  // Messages are parsed by the build, so browsers load no parser for them.
  experimental: { messages: { path: "./lib/platform/i18n/messages", format: "json", precompile: true } },
});

/** @type {import("next").NextConfig} */
const config = {
  output: "standalone",
  // A lockfile in a folder above the clone must not make that folder the project.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  experimental: {
    // A console is built once per version: a cache and unused source maps would cost a fresh clone time and disk.
    turbopackFileSystemCacheForBuild: false,
    turbopackSourceMaps: process.env.NODE_ENV !== "production",
    // Removes unused parts of CommonJS packages, such as React and the router, from browsers' scripts.
    turbopackCjsTreeShaking: true,
    turbopackCjsScopeHoisting: true,
    turbopackMangleExportNames: true,
    // Loading every route at the start costs 40 MB, most of it for routes that are seldom requested.
    preloadEntriesOnStart: false,
  },
  poweredByHeader: false,
  reactStrictMode: true,
  serverExternalPackages: [
    "@modelcontextprotocol/sdk",
    "@node-rs/argon2",
    "dockerode",
    "pg",
    "pg-boss",
    "pino",
    "rate-limiter-flexible",
    "ssh2",
    "zod",
  ],
  // `npm run validate` already checks the types.
  typescript: { ignoreBuildErrors: true },
  // The deployer API is also available at these paths (design: two documented APIs).
  rewrites: async () => [
    { source: "/deploy", destination: "/api/deploy" },
    { source: "/deploy/:path*", destination: "/api/deploy/:path*" },
    { source: "/health", destination: "/api/health" },
    ...["capabilities", "state", "dependencies", "message"].map((name) => ({
      source: `/${name}`,
      destination: `/api/${name}`,
    })),
  ],
};

export default withNextIntl(config);
