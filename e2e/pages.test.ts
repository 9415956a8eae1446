import { globSync } from "node:fs";
import { expect, test } from "vitest";
import { pagesOf } from "./pages";

const FOLDER = "app/(console)";

test("every page of the console is among those that are walked", () => {
  const stackServer = { target: "stacks", template: "workspace" };
  const walked = pagesOf({ name: "shop" }, "1", stackServer, { name: "mine", deploymentId: "2" });
  const paths = walked.map((path) => path.split("?")[0] ?? "");
  // A folder in parentheses is not part of an address.
  const pages = globSync(`${FOLDER}/**/page.tsx`).map(
    (file) =>
      file
        .slice(FOLDER.length)
        .replace(/\/page\.tsx$/, "")
        .replaceAll(/\/\([^)]+\)/g, "") || "/",
  );
  expect(pages).toContain("/services/[name]/log");
  const isWalked = (page: string) =>
    paths.some((path) => new RegExp(`^${page.replace(/\[\w+\]/g, "[^/]+")}$`).test(path));
  expect(pages.filter((page) => !isWalked(page))).toEqual([]);
});
