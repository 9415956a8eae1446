import { pagedOptions } from "./paged";

export const registrationQueries = {
  all: () => ["registrations"] as const,
  list: () => pagedOptions([...registrationQueries.all(), "list"], "/registrations", "RegistrationView"),
};
