import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import { checkOwnAddress } from "./own-address";

const check = (address?: string) => checkOwnAddress(new LocalHost(), address, AbortSignal.timeout(30_000));

test("a service listens on addresses of its host, or on all of them", async () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  for (const address of [undefined, "0.0.0.0", "::", "127.0.0.1", "127.0.0.9", ...own])
    await expect(check(address), address).resolves.toBeUndefined();
});

test.each(["192.0.2.7", "168.63.129.16", "169.254.169.254", "::ffff:169.254.169.254", "2001:db8::1", "fd00:ec2::254"])(
  "%s is not asked as if it were the host's",
  async (address) => {
    await expect(check(address)).rejects.toMatchObject({
      code: "settings-invalid",
      params: { field: "bindAddress" },
    });
  },
);
