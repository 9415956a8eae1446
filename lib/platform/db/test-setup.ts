import { testDatabase } from "./test-database";

// Before the import of the test file, whose modules may read the environment.
await testDatabase();
