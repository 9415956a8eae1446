import * as z from "zod";
import { ApiError, notFound } from "../api-error";
import { OWN_ORGANIZATION } from "../keys";
import { mutation, type Procedures, query } from "../procedure";
import { boolean, nothing, number, text } from "./shapes";

const FLAGS = [
  ...["canCreateProjects", "canAccessToSSHKeys", "canCreateServices", "canDeleteProjects", "canDeleteServices"],
  ...["canAccessToDocker", "canAccessToAPI", "canAccessToGitProviders", "canAccessToTraefikFiles"],
  ...["canDeleteEnvironments", "canCreateEnvironments"],
];
const STARTED_AT = "2026-01-01T00:00:00.000Z";

/** The server itself, the caller, and API keys. */
export const settingsProcedures: Procedures = {
  "settings.health": query(nothing, () => ({ status: "ok" })),
  "settings.getDokployVersion": query(nothing, (_, { server }) => server.version.text),

  "organization.active": query(nothing, (_, { caller }) => ({
    ...{ id: caller.organizationId, name: "My Organization", slug: null, logo: null, createdAt: STARTED_AT },
    ...{ metadata: null, defaultRole: null, ownerId: "usr_owner" },
  })),

  "user.get": query(nothing, (_, { caller, server }) => ({
    ...{ id: `member_${caller.userId}`, organizationId: caller.organizationId, userId: caller.userId },
    ...{ role: caller.role, createdAt: STARTED_AT, teamId: null, isDefault: true },
    ...{ accessedProjects: [], accessedEnvironments: [], accessedServices: [] },
    ...Object.fromEntries(FLAGS.map((flag) => [flag, false])),
    user: {
      ...{ id: caller.userId, email: `${caller.userId}@example.test` },
      /** Without the beginning of a key or its limits (seen on v0.30.2). */
      apiKeys: server.keys.listOf(caller.userId),
    },
  })),

  "user.createApiKey": mutation(
    z.object({
      name: text.min(1).max(32, { error: "Name must be at most 32 characters" }),
      metadata: z.object({ organizationId: text }),
      expiresIn: number.optional(),
      rateLimitEnabled: boolean.optional(),
      rateLimitTimeWindow: number.optional(),
      rateLimitMax: number.optional(),
      remaining: number.optional(),
    }),
    ({ metadata, ...limits }, { server, caller }) => {
      if (metadata.organizationId !== caller.organizationId && caller.organizationId === OWN_ORGANIZATION)
        throw new ApiError("FORBIDDEN", "You are not a member of this organization");
      return server.keys.view(server.keys.make(caller, limits).apiKeyId);
    },
  ),
  "user.deleteApiKey": mutation(z.object({ apiKeyId: text }), ({ apiKeyId }, { server }) => {
    if (!server.keys.remove(apiKeyId)) throw notFound("API key");
    return true;
  }),
};
