import * as z from "zod";
import { imageHostOf, isImageHost } from "./image-reference";
import { verbatim } from "./verbatim";

const ImageHost = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .refine(isImageHost, { error: "not-a-registry-host" })
  .transform(imageHostOf)
  .describe("As in an image's name: ghcr.io, registry.example.com:5000; docker.io for Docker Hub");
const Username = z.string().trim().min(1).max(255);
/** Some registries expect a whole key file as the password. */
const RegistryPassword = z.string().min(1).max(16_384).register(verbatim);

export const NewImageRegistry = z.strictObject({ host: ImageHost, username: Username, password: RegistryPassword });
export type NewImageRegistry = z.infer<typeof NewImageRegistry>;

export const ImageRegistryChange = z.strictObject({
  username: Username.optional(),
  password: RegistryPassword.optional(),
});
export type ImageRegistryChange = z.infer<typeof ImageRegistryChange>;

/** The password is never returned. */
export const ImageRegistryView = z.object({
  id: z.uuid(),
  host: z.string(),
  username: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type ImageRegistryView = z.infer<typeof ImageRegistryView>;
