import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import Provider from "oidc-provider";
import { consoleUnderTest } from "./console-under-test";

/** The claims of one account at the provider. */
export type Claims = { name: string; email: string; email_verified: boolean };

/**
 * A certified OpenID provider with a test's accounts, at the issuer address in the configuration of the console under
 * test. Its sign-in page accepts an account's name with any password.
 */
export class OpenIdProvider {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(people: Readonly<Record<string, Claims>>): Promise<OpenIdProvider> {
    const { address, openId } = consoleUnderTest();
    const provider = new Provider(openId.issuer, {
      clients: [
        {
          client_id: openId.clientId,
          client_secret: openId.clientSecret,
          redirect_uris: [`${address}/api/auth/callback/oidc`],
        },
      ],
      cookies: { keys: [randomBytes(32).toString("hex")] },
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      conformIdTokenClaims: false, // as most providers do: the requested claims are in the ID token
      pkce: { required: () => true },
      findAccount: (_, sub) => {
        const known = people[sub];
        return known && { accountId: sub, claims: () => ({ sub, ...known }) };
      },
    });
    const port = Number(new URL(openId.issuer).port);
    const server = provider.listen(port, "localhost");
    await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
    return new OpenIdProvider(server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
