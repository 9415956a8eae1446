import { type Command, type NameKind, optionsOf } from "./arguments";
import { EXIT, Failure } from "./failure";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** `landfall completion <shell>`: a script that the shell evaluates. */
export function completionCommand(others: readonly Command[]): Command {
  const completion: Command = {
    name: "completion",
    summary: "Print the completion of a shell",
    positionals: SHELLS.join("|"),
    most: 1,
    words: SHELLS,
    isLocal: true,
    details: [
      'bash, in ~/.bashrc:  eval "$(landfall completion bash)"',
      'zsh, in ~/.zshrc:    eval "$(landfall completion zsh)"',
      "fish:                landfall completion fish > ~/.config/fish/completions/landfall.fish",
    ].join("\n"),
    async run({ positionals: [shell] }) {
      process.stdout.write(`${completionFor(shell, [...others, completion])}\n`);
      return EXIT.done;
    },
  };
  return completion;
}

/** Throws a Failure for a shell without a completion. */
export function completionFor(
  shell: string | undefined,
  commands: readonly Command[],
  program: readonly string[] = [process.execPath, process.argv[1] ?? ""],
): string {
  const names = `${program.map(quoted).join(" ")} names`;
  if (shell === "bash") return bash(commands, names);
  if (shell === "zsh") return `autoload -U +X bashcompinit && bashcompinit\n${bash(commands, names)}`;
  if (shell === "fish") return fish(commands, names);
  throw new Failure(`Name a shell: ${SHELLS.join(", ")}.`, EXIT.usage);
}

/** As one word of every shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bash(commands: readonly Command[], names: string): string {
  const cases = commands.map((command) => `    ${command.name}) words="${wordsOf(command).join(" ")}" ;;`);
  const asked = commands.flatMap((command) =>
    namedAfter(command).map(([word, kind]) => `    "${command.name} ${word}") asked=${kind} ;;`),
  );
  // Folders and files are completed where no word fits.
  return `_landfall() {
  local words asked="" command=""
  if [ "$COMP_CWORD" -gt 1 ]; then command="\${COMP_WORDS[1]}"; fi
  case "$command" in
    "") words="${commands.map(({ name }) => name).join(" ")}" ;;
${cases.join("\n")}
  esac
  case "$command \${COMP_WORDS[COMP_CWORD-1]}" in
${asked.join("\n")}
  esac
  if [ -n "$asked" ]; then words="$(${names} "$asked" -- "\${COMP_WORDS[@]:2}" 2>/dev/null)"; fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _landfall landfall`;
}

function wordsOf(command: Command): string[] {
  return [...(command.words ?? []), ...Object.keys(optionsOf(command)).map((name) => `--${name}`)];
}

/** The words after which a name of the console is written. */
function namedAfter(command: Command): [string, NameKind][] {
  const options = Object.entries(optionsOf(command)).flatMap(([name, { short, names }]): [string, NameKind][] =>
    names ? [[`--${name}`, names], ...(short ? [[`-${short}`, names] as [string, NameKind]] : [])] : [],
  );
  return [...options, ...Object.entries(command.names ?? {})];
}

function fish(commands: readonly Command[], names: string): string {
  const asking = (kind: NameKind) => `-a "(${names} ${kind} -- (commandline -opc) 2>/dev/null)"`;
  const lines = commands.flatMap((command) => {
    const { name, summary, words = [] } = command;
    const within = `complete -c landfall -n "__fish_seen_subcommand_from ${name}"`;
    return [
      `complete -c landfall -n __fish_use_subcommand -a ${name} -d "${summary}"`,
      ...words.map((word) => `${within} -a ${word}`),
      ...Object.entries(command.names ?? {}).map(
        ([word, kind]) => `complete -c landfall -n "__fish_seen_subcommand_from ${word}" -f ${asking(kind)}`,
      ),
      ...Object.entries(optionsOf(command)).map(([option, { short, value, names: kind, summary: about }]) =>
        [
          ...[within, `-l ${option}`, short && `-s ${short}`, value && (kind ? "-x" : "-r")],
          ...[kind && asking(kind), `-d "${about}"`],
        ]
          .filter(Boolean)
          .join(" "),
      ),
    ];
  });
  return lines.join("\n");
}
