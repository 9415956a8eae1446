import { pagedOptions } from "@/components/api/paged";

export const registrationQueries = {
  all: () => ["registrations"] as const,
  list: () => pagedOptions([...registrationQueries.all(), "list"], "/registrations", "RegistrationView"),
};
