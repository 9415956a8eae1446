import type { OAuthConfig } from "next-auth/providers/index";
import * as z from "zod";
import { env } from "@/lib/platform/env";

/**
 * A provider's profile. `email` identifies a user. It is null unless the provider has verified it and is trusted to do
 * so (OAUTH_TRUST_EMAIL): a self-hosted server may report any address as verified.
 */
interface Profile {
  id: string;
  name: string | null;
  email: string | null;
  /** The address that the provider reports, verified or not. */
  claimedEmail: string | null;
}

/** The sign-in providers in the environment; each is a button on the sign-in page. */
export function oauthProviders(): OAuthConfig<unknown>[] {
  return [github(), gitlab(), gitea(), oidc()].filter((provider) => provider !== undefined);
}

export function configuredProviders(): { id: string; name: string }[] {
  return oauthProviders().map(({ id, name }) => ({ id, name }));
}

const GitHubEmails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));
const GitHubUser = z.object({ id: z.int(), name: z.string().nullish(), login: z.string() });

function github(): OAuthConfig<unknown> | undefined {
  if (!env.GITHUB_ID || !env.GITHUB_SECRET) return undefined;
  return {
    id: "github",
    name: "GitHub",
    type: "oauth",
    clientId: env.GITHUB_ID,
    clientSecret: env.GITHUB_SECRET.reveal(),
    issuer: "https://github.com/login/oauth",
    authorization: { url: "https://github.com/login/oauth/authorize", params: { scope: "read:user user:email" } },
    token: "https://github.com/login/oauth/access_token",
    checks: ["pkce", "state"],
    userinfo: {
      url: "https://api.github.com/user",
      // The profile's public address can be any address the person chose; the list says which one GitHub has verified.
      async request({ client, tokens }) {
        const token = String(tokens.access_token);
        const user = GitHubUser.parse(await client.userinfo(token));
        const answer = await fetch("https://api.github.com/user/emails", {
          headers: { authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(10_000),
        });
        const emails = GitHubEmails.parse(await answer.json());
        const email = emails.find(({ primary, verified }) => primary && verified)?.email ?? null;
        return { sub: String(user.id), name: user.name ?? user.login, email: email ?? undefined };
      },
    },
    profile: (claims: unknown) => toProfile({ ...Claims.parse(claims), email_verified: true }, "github"),
  };
}

const GitLabUser = z.object({
  id: z.int(),
  name: z.string().nullish(),
  email: z.string().nullish(),
  confirmed_at: z.string().nullish(),
});

function gitlab(): OAuthConfig<unknown> | undefined {
  if (!env.GITLAB_ID || !env.GITLAB_SECRET) return undefined;
  const url = (env.GITLAB_URL ?? "https://gitlab.com").replace(/\/+$/, "");
  return {
    id: "gitlab",
    name: "GitLab",
    type: "oauth",
    clientId: env.GITLAB_ID,
    clientSecret: env.GITLAB_SECRET.reveal(),
    checks: ["pkce", "state"],
    authorization: { url: `${url}/oauth/authorize`, params: { scope: "read_user" } },
    token: `${url}/oauth/token`,
    userinfo: `${url}/api/v4/user`,
    profile: (answer: unknown) => {
      const user = GitLabUser.parse(answer);
      const claims = { sub: String(user.id), name: user.name, email: user.email };
      const isTheirs = new URL(url).hostname === "gitlab.com";
      return toProfile({ ...claims, email_verified: user.confirmed_at != null }, isTheirs ? "gitlab.com" : "gitlab");
    },
  };
}

function gitea(): OAuthConfig<unknown> | undefined {
  if (!env.GITEA_ID || !env.GITEA_SECRET || !env.GITEA_URL) return undefined;
  return openId({
    id: "gitea",
    name: "Gitea",
    issuer: env.GITEA_URL,
    clientId: env.GITEA_ID,
    clientSecret: env.GITEA_SECRET.reveal(),
  });
}

function oidc(): OAuthConfig<unknown> | undefined {
  if (!env.OIDC_ID || !env.OIDC_SECRET || !env.OIDC_ISSUER) return undefined;
  return openId({
    id: "oidc",
    name: "OpenID Connect",
    issuer: env.OIDC_ISSUER,
    clientId: env.OIDC_ID,
    clientSecret: env.OIDC_SECRET.reveal(),
  });
}

type OpenId = Pick<OAuthConfig<unknown>, "id" | "name" | "clientId" | "clientSecret"> & { issuer: string };

function openId({ issuer, ...rest }: OpenId): OAuthConfig<unknown> {
  return {
    ...rest,
    type: "oauth",
    wellKnown: `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`,
    authorization: { params: { scope: "openid email profile" } },
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    profile: (claims: unknown) => toProfile(Claims.parse(claims), rest.id),
  };
}

const Claims = z.object({
  sub: z.string(),
  name: z.string().nullish(),
  email: z.string().nullish(),
  email_verified: z.boolean().nullish(),
});

/** `trusted`: the provider's name in OAUTH_TRUST_EMAIL. */
function toProfile({ sub, name, email, email_verified }: z.infer<typeof Claims>, trusted: string): Profile {
  const claimedEmail = email?.toLowerCase() ?? null;
  const isProof = email_verified === true && env.OAUTH_TRUST_EMAIL.includes(trusted);
  return { id: sub, name: name ?? null, email: isProof ? claimedEmail : null, claimedEmail };
}
