import { testDatabase } from "./test-database";

// Before the test file is imported: whatever it imports may read the environment.
await testDatabase();
