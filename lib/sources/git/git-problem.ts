import type { GitAddress } from "@/lib/contracts/git-source";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import type { CommandResult } from "@/lib/hosts/host";

/** The English messages of Git and ssh (`LC_ALL=C`), by meaning. The first match decides. */
const MEANINGS: readonly [RegExp, ProblemCode][] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED/, "git-host-key-changed"],
  [/Host key verification failed|No \S+ host key is known for/, "git-host-key-unknown"],
  [/unable to update url base from redirection|The requested URL returned error: 30\d|redirect/i, "git-moved"],
  [
    /Authentication failed|could not read (Username|Password)|Permission denied|requested URL returned error: 40[13]|[Aa]ccess denied|not authori[sz]ed|Load key .*(invalid|error)/,
    "git-access-refused",
  ],
  [
    /[Rr]epository .*not found|not appear to be a git repository|requested URL returned error: 404|no such repository|could not be found|project you were looking for/i,
    "git-repository-missing",
  ],
  [/not our ref|couldn't find remote ref|[Ss]erver does not allow request for unadvertised/, "git-commit-missing"],
  [/SSL certificate problem|certificate verif|server certificate/i, "git-certificate-invalid"],
  [
    /Could not resolve|[Cc]onnection (timed out|refused|reset|closed)|Network is unreachable|No route to host|Failed to connect|Operation (timed out|too slow)|requested URL returned error: (429|5\d\d)|early EOF|RPC failed|unexpected disconnect|hung up unexpectedly/,
    "git-unreachable",
  ],
];

/** Git gives ssh's command to a shell. */
const NO_SSH = /\bssh: (command )?not found|cannot run ssh\b/;

/** The failure of a `git` command. The cause is the line that says why; an address in it has no credentials. */
export function gitProblem(result: CommandResult, address: GitAddress | null): Problem {
  const said = result.stderr.replaceAll("\r", "\n");
  if (NO_SSH.test(said)) return new Problem("tool-missing", { params: { tool: "ssh" }, detail: causeIn(said) });
  const code = MEANINGS.find(([pattern]) => pattern.test(said))?.[1] ?? "git-failed";
  const host = address?.host ?? "";
  return new Problem(code, { params: { host, repository: address?.path ?? "" }, detail: causeIn(said) });
}

/** The first line that Git marks as fatal or an error; ssh's own line where Git only reports the failure. */
function causeIn(said: string): string {
  const lines = said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const spoken = lines.filter(
    (line) => !/^(warning|hint|Cloning|From|remote: (Counting|Compressing|Enumerating)):?/.test(line),
  );
  const cause =
    spoken.find((line) => /^(remote: )?(fatal|error|ERROR):/.test(line)) ?? spoken[0] ?? "git ended without a word";
  return cause.slice(0, 500);
}
