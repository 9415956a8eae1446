import { expect, test } from "vitest";
import { usersIn } from "./inventory";
import { ownUser } from "./names";

test("only users that this base directory made, whatever others call themselves", () => {
  const base = "/opt/landfall/services";
  const ours = ownUser({ base, serviceName: "web" });
  const line = (user: string, comment: string) => `${user}:x:990:990:${comment}:/nonexistent:/usr/sbin/nologin`;
  const passwd = [
    line("root", "root"),
    line(ours, "Landfall service web"),
    line("web", "Landfall service web"),
    line(ours, "Landfall service shop"),
    line(ownUser({ base: "/srv/other", serviceName: "web" }), "Landfall service web"),
    "",
  ].join("\n");
  expect(usersIn({ base }, passwd)).toEqual([{ user: ours, serviceName: "web" }]);
});
