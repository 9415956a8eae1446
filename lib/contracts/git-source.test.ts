import { expect, test } from "vitest";
import { compareUrl, GitFolder, gitServerOf, isRefName, readGitAddress } from "./git-source";

test.each([
  [
    "https://github.com/acme/shop.git",
    { transport: "https", host: "github.com", port: 443, user: null, path: "acme/shop" },
  ],
  [
    "https://git.example.com:8443/a/b/c",
    { transport: "https", host: "git.example.com", port: 8443, user: null, path: "a/b/c" },
  ],
  ["http://127.0.0.1:3001/shop", { transport: "http", host: "127.0.0.1", port: 3001, user: null, path: "shop" }],
  ["git@github.com:acme/shop.git", { transport: "ssh", host: "github.com", port: 22, user: "git", path: "acme/shop" }],
  [
    "ssh://deploy@10.0.0.4:2222/srv/git/shop.git",
    { transport: "ssh", host: "10.0.0.4", port: 2222, user: "deploy", path: "srv/git/shop" },
  ],
  [
    "ssh://git.example.com/~ana/shop",
    { transport: "ssh", host: "git.example.com", port: 22, user: "git", path: "~ana/shop" },
  ],
  ["https://[2001:db8::1]/shop.git", { transport: "https", host: "2001:db8::1", port: 443, user: null, path: "shop" }],
])("%s is read", (text, address) => {
  expect(readGitAddress(text)).toEqual(address);
});

test.each([
  "ext::sh -c id",
  "file:///etc",
  "/srv/git/shop.git",
  "../shop.git",
  "git://github.com/acme/shop.git",
  "ftp://github.com/acme/shop.git",
  "--upload-pack=id",
  "-oProxyCommand=id",
  "ssh://-oProxyCommand=id/shop",
  "git@-oProxyCommand=id:shop",
  "https://user:secret@github.com/acme/shop.git",
  "https://token@github.com/acme/shop.git",
  "ssh://git:secret@github.com/acme/shop.git",
  "https://github.com/acme/../../etc.git",
  "git@github.com:-shop",
  "https://github.com/a b",
  "https://github.com/a\nb",
  "https://github.com/a$(id)",
  "git@github.com:a`id`",
  "https://github.com/",
  "https://github.com:0/shop",
  "https://github.com:70000/shop",
  "https://exa_mple..com/shop",
  "",
])("%j is refused", (text) => {
  expect(readGitAddress(text)).toBeNull();
});

test("a branch is what Git takes as one, and nothing that it would read otherwise", () => {
  expect(["main", "feature/a.b", "v1.2.3", "ünï", "a@b"].filter((name) => !isRefName(name))).toEqual([]);
  const refused = [
    "-x",
    "a..b",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[",
    "a\\b",
    "@",
    "@{1}",
    "a@{1}",
    ".a",
    "a/.b",
    "a//b",
    "/a",
    "a/",
    "a.",
    "a.lock",
    "refs/heads/a",
    "a\nb",
  ];
  expect(refused.filter(isRefName)).toEqual([]);
});

test("a folder stays within the repository", () => {
  expect(["", ".", "/", "./apps/web/", "/apps/web"].map((path) => GitFolder.parse(path))).toEqual([
    "",
    "",
    "",
    "apps/web",
    "apps/web",
  ]);
  for (const path of ["..", "a/../b", ".git", "a/.GIT/b", "a//b", "a/./b", "a\0b"])
    expect(GitFolder.safeParse(path).success, path).toBe(false);
});

test("a server is its transport, host and port, and its compare page is known by its name", () => {
  const read = (url: string) => {
    const address = readGitAddress(url);
    if (address === null) throw new Error(url);
    return address;
  };
  expect(gitServerOf(read("git@github.com:acme/shop.git"))).toBe("ssh://github.com:22");
  expect(gitServerOf(read("https://[2001:db8::1]:8443/a"))).toBe("https://[2001:db8::1]:8443");
  const compare = (url: string) => compareUrl(read(url), "aaa", "bbb");
  expect(compare("git@github.com:acme/shop.git")).toBe("https://github.com/acme/shop/compare/aaa...bbb");
  expect(compare("https://gitlab.example.com:8443/a/b/c.git")).toBe(
    "https://gitlab.example.com:8443/a/b/c/-/compare/aaa...bbb",
  );
  expect(compare("ssh://git@gitea.lan:2222/acme/shop.git")).toBe("https://gitea.lan/acme/shop/compare/aaa...bbb");
  expect(compare("ssh://git@ssh.github.com:443/acme/shop")).toBe("https://github.com/acme/shop/compare/aaa...bbb");
  expect(compare("https://bitbucket.org/acme/shop")).toBe("https://bitbucket.org/acme/shop/branches/compare/bbb%0Daaa");
  expect(compare("https://git.example.com/acme/shop")).toBeNull();
});
