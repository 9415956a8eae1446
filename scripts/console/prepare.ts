/* A program of its own: brings the database to this code's schema and makes the first administrator. */
import { prepareDatabase } from "./prepare-database";
import { answerParent } from "./run-helper";

await answerParent(() => prepareDatabase(process.argv[2] ?? process.cwd()));
