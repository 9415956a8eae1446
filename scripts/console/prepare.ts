/* A separate program: migrates the database to this code's schema and creates the first administrator. */
import { prepareDatabase } from "./prepare-database";
import { answerParent } from "./run-helper";

await answerParent(() => prepareDatabase(process.argv[2] ?? process.cwd()));
