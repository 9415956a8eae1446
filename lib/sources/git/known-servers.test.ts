import { expect, test } from "vitest";
import { fingerprintOf } from "@/lib/hosts/ssh/host-key";
import { knownHostKeys } from "./known-servers";

test("the keys of the large hosts have the fingerprints that these publish", () => {
  const published = {
    "github.com": ["+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU", "p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM"],
    "gitlab.com": ["eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8", "HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw"],
    "bitbucket.org": ["ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM", "FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0"],
  };
  for (const [host, fingerprints] of Object.entries(published))
    expect(knownHostKeys(host, 22).map(fingerprintOf)).toEqual(fingerprints.map((hash) => `SHA256:${hash}`));
  expect(knownHostKeys("github.com", 2222)).toEqual([]);
  expect(knownHostKeys("example.com", 22)).toEqual([]);
});
