import { fact, verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { cutShortFacts } from "../cut-short";
import type { NamedPhase } from "../driver";
import { serviceDirectory } from "../release-layout";
import { endAll } from "./cage";
import { supervisorOf } from "./start-supervisor";

/** Nothing of a removal is undone: each phase is repeated until it is through. */
export function stopPhase(scriptFile?: string): NamedPhase {
  return {
    key: "stop",
    repeatable: true,
    async run(ctx) {
      const supervisor = await supervisorOf(ctx, scriptFile);
      const service = await supervisor?.service(ctx.serviceName);
      if (!supervisor || !service) return { facts: [fact("not-running")] };
      const cut = await supervisor.removeService(ctx.serviceName, ctx.spec.health.drainMs);
      return { facts: [fact("port-free", { port: ctx.spec.port }), ...cutShortFacts(cut)] };
    },
  };
}

/** Argument: the service's directory. Prints what is kept. */
const REMOVE = `
set -eu
if [ -n "$(find "$1/volumes" -mindepth 2 -print -quit 2>/dev/null)" ]; then
  # The number of the service's user is known by its home, which goes.
  [ "$(id -u)" != 0 ] || chown -hR 0:0 -- "$1/volumes"
  find "$1" -mindepth 1 -maxdepth 1 ! -name volumes -exec rm -rf -- {} +
  echo "$1/volumes"
else
  rm -rf -- "$1"
fi
`;

/** What people stored in volumes is kept: no one could bring it back. */
export const removeFilesPhase: NamedPhase = {
  key: "remove-files",
  repeatable: true,
  async run(ctx) {
    await endAll(ctx, ctx.signal);
    const directory = serviceDirectory(ctx);
    const { exitCode, stdout, stderr } = await ctx.host.run(
      { args: ["sh", "-c", REMOVE, "sh", directory] },
      { signal: ctx.signal },
    );
    if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "rm" }, detail: stderr.trim() });
    const kept = stdout.trim();
    return { facts: [verbatim(directory), ...(kept === "" ? [] : [fact("volumes-kept-in", { directory: kept })])] };
  },
};
