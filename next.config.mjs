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
    // A console is built once per version: a cache, and maps nobody reads, would cost a fresh clone time and disk.
    turbopackFileSystemCacheForBuild: false,
    turbopackSourceMaps: process.env.NODE_ENV !== "production",
    // Scripts of browsers without what no page uses of CommonJS packages, which React and the router are.
    turbopackCjsTreeShaking: true,
    turbopackCjsScopeHoisting: true,
    turbopackMangleExportNames: true,
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
    ...["capabilities", "state", "dependencies", "message"].map((name) => ({
      source: `/${name}`,
      destination: `/api/${name}`,
    })),
  ],
};

export default withNextIntl(config);
