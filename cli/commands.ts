import type { Command } from "./arguments";
import { cancelCommand } from "./cancel";
import { completionCommand } from "./completion";
import { deployCommand } from "./deploy";
import { EXIT } from "./failure";
import { loginCommand } from "./login";
import { logsCommand } from "./logs";
import { rollbackCommand } from "./rollback";
import { serviceFileSchema } from "./service-file";
import { historyCommand, statusCommand } from "./status";
import { printJson } from "./terminal";
import { upCommand } from "./up";
import { envCommand } from "./variables";

const schemaCommand: Command = {
  name: "schema",
  summary: "Print the JSON schema of landfall.yml for editors",
  isLocal: true,
  async run() {
    printJson(serviceFileSchema());
    return EXIT.done;
  },
};

const WITHOUT_COMPLETION: readonly Command[] = [
  loginCommand,
  deployCommand,
  upCommand,
  statusCommand,
  logsCommand,
  historyCommand,
  rollbackCommand,
  envCommand,
  cancelCommand,
  schemaCommand,
];

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [...WITHOUT_COMPLETION, completionCommand(WITHOUT_COMPLETION)];
