import { randomBytes } from "node:crypto";
import { get, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { type APIRequestContext, expect } from "@playwright/test";
import type { NewTemplate } from "@/lib/contracts/template";
import { type DokployStandIn, startDokploy } from "./dokploy/stand-in";
import { expectOk } from "./people";

/** A Dokploy server that the console under test knows, and a template for stacks on it. */
export class StackServer {
  private constructor(
    readonly target: string,
    readonly template: string,
    readonly dokploy: DokployStandIn,
    readonly admin: APIRequestContext,
  ) {}

  static async start(admin: APIRequestContext): Promise<StackServer> {
    const dokploy = await startDokploy();
    const suffix = randomBytes(3).toString("hex");
    const server = new StackServer(`stacks-${suffix}`, `workspace-${suffix}`, dokploy, admin);
    const { url, apiKey, httpPort, httpsPort } = dokploy;
    await expectOk(admin, "/api/targets", { kind: "dokploy", name: server.target, url, apiKey, httpPort, httpsPort });
    await expectOk(admin, `/api/targets/${server.target}`, { grants: { audience: "everyone" } }, "PATCH");
    await server.addTemplate(server.template);
    return server;
  }

  async addTemplate(name: string, change: Partial<NewTemplate> = {}): Promise<void> {
    await expectOk(this.admin, "/api/templates", {
      name,
      description: "A workspace of one's own.",
      image: "acme/workspace:1",
      port: 8080,
      domainSuffix: "localhost",
      https: false,
      target: this.target,
      volumes: [{ name: `${this.target}-{name}`, path: "/workspace" }],
      ...change,
    });
  }

  /** The next deployment of each of its stacks uses the change. */
  async changeTemplate(change: Partial<NewTemplate>, name = this.template): Promise<void> {
    await expectOk(this.admin, `/api/templates/${name}`, change, "PATCH");
  }

  addressOf(stack: string): string {
    return `http://${stack}.localhost:${this.dokploy.httpPort}`;
  }

  /** The image that runs there now. Requested by address: not every system resolves `*.localhost` to loopback. */
  async imageOf(stack: string): Promise<string> {
    const { httpPort: port } = this.dokploy;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: "127.0.0.1", port, headers: { host: `${stack}.localhost:${port}` } }, resolve).once("error", reject);
    });
    return ((await json(answer)) as { image: string }).image;
  }

  /** Through the API, for tests that begin with an existing stack. */
  async makes(name: string): Promise<{ name: string; deploymentId: string }> {
    const body = { name, template: this.template };
    const { deploymentId } = await expectOk<{ deploymentId: string }>(this.admin, "/api/deploy", body);
    const state = async () => (await (await this.admin.get(`/api/deployments/${deploymentId}`)).json()).state;
    await expect.poll(state, { timeout: 90_000 }).toBe("succeeded");
    return { name, deploymentId };
  }

  /** No new stacks are created there any more. */
  async close(): Promise<void> {
    await expectOk(this.admin, `/api/targets/${this.target}`, { disabled: true }, "PATCH");
    await this.dokploy.close();
  }
}
