import { type Command, optionsOf } from "./arguments";
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
export function completionFor(shell: string | undefined, commands: readonly Command[]): string {
  if (shell === "bash") return bash(commands);
  if (shell === "zsh") return `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
  if (shell === "fish") return fish(commands);
  throw new Failure(`Name a shell: ${SHELLS.join(", ")}.`, EXIT.usage);
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => `    ${command.name}) words="${wordsOf(command).join(" ")}" ;;`);
  // Folders and files are completed where no word fits.
  return `_landfall() {
  local words command=""
  if [ "$COMP_CWORD" -gt 1 ]; then command="\${COMP_WORDS[1]}"; fi
  case "$command" in
    "") words="${commands.map(({ name }) => name).join(" ")}" ;;
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _landfall landfall`;
}

function wordsOf(command: Command): string[] {
  return [...(command.words ?? []), ...Object.keys(optionsOf(command)).map((name) => `--${name}`)];
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const { name, summary, words = [] } = command;
    const within = `complete -c landfall -n "__fish_seen_subcommand_from ${name}"`;
    return [
      `complete -c landfall -n __fish_use_subcommand -a ${name} -d "${summary}"`,
      ...words.map((word) => `${within} -a ${word}`),
      ...Object.entries(optionsOf(command)).map(([option, { short, value, summary: about }]) =>
        [within, `-l ${option}`, short && `-s ${short}`, value && "-r", `-d "${about}"`].filter(Boolean).join(" "),
      ),
    ];
  });
  return lines.join("\n");
}
