/** How the program ends; docs/cli.md lists the same numbers. */
export const EXIT = {
  done: 0,
  /** The deployment failed, or the console refused the request. */
  failed: 1,
  /** The command line or landfall.yml is wrong. */
  usage: 2,
  /** No token, an invalid token, or one that may not do this. */
  access: 3,
  /** The console does not answer. */
  unreachable: 4,
  /** The deployment was cancelled. */
  cancelled: 5,
  /** Ctrl-C: the deployment continues without being followed. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a sentence for the terminal. Its last line is the cause. */
export class Failure extends Error {
  readonly exitCode: ExitCode;

  constructor(sentence: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(sentence, options);
    this.name = "Failure";
    this.exitCode = exitCode;
  }
}
