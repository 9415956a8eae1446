import { expect, test } from "vitest";
import { keepDropIn, type ServiceUnit, serviceUnit } from "./service-unit";

const unit: ServiceUnit = {
  serviceName: "web",
  releaseId: "r1",
  journalName: "landfall-web-1a2b3c4d",
  base: "/srv/100% mine",
  directory: "/srv/100% mine/web/releases/r1",
  command: `PYTHONPATH="$PWD" python3 app.py 100%`,
  environmentFile: "/srv/100% mine/web/environment/r1.env",
  binding: { host: "127.0.0.1", port: 20_001 },
  user: "landfall-web-5e6f7a8b",
  memoryMb: 256,
  cpus: 1.5,
  volumes: [{ from: "/srv/100% mine/web/volumes/data", to: "/var/lib/a b" }],
};

test("a command's unit differs from its release's only in the command, its variables and where its output goes", () => {
  const command = { command: "npm run migrate", outputFile: "/srv/100% mine/web/commands/r1-release.log" };
  const variables = { LANDFALL_ADDRESS: "http://127.0.0.1:20001" };
  const lines = (text: string) => new Set(text.split("\n"));
  const [own, release] = [lines(serviceUnit({ ...unit, ...command, variables })), lines(serviceUnit(unit))];
  expect([...own.difference(release)]).toEqual([
    'ExecStart=/bin/sh -c "npm run migrate"',
    'Environment="LANDFALL_ADDRESS=http://127.0.0.1:20001"',
    "StandardOutput=append:/srv/100%% mine/web/commands/r1-release.log",
    "StandardError=append:/srv/100%% mine/web/commands/r1-release.log",
  ]);
  expect([...release.difference(own)]).toEqual([
    expect.stringMatching(/^ExecStart=/),
    "StandardOutput=journal",
    "StandardError=journal",
  ]);
});

test("the unit of a release", () => {
  expect(serviceUnit(unit)).toBe(`[Unit]
Description=Landfall service web, release r1
After=network.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=/bin/sh -c "PYTHONPATH=\\"$$PWD\\" python3 app.py 100%%"
WorkingDirectory=/srv/100%% mine/web/releases/r1
Environment=HOST=127.0.0.1 PORT=20001
EnvironmentFile=/srv/100%% mine/web/environment/r1.env
User=landfall-web-5e6f7a8b
Restart=no
RestartSec=500ms
RemainAfterExit=yes
KillMode=control-group
TimeoutStopSec=30
StandardOutput=journal
StandardError=journal
SyslogIdentifier=web
LogExtraFields=LANDFALL_SERVICE=landfall-web-1a2b3c4d
CPUAccounting=yes
MemoryAccounting=yes
MemoryMax=256M
MemorySwapMax=0
CPUQuota=150%
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=tmpfs
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
SystemCallArchitectures=native
IPAddressDeny=169.254.169.254 168.63.129.16 192.0.0.192 100.100.100.200 fd00:ec2::254 fd20:ce::254
CapabilityBoundingSet=
InaccessiblePaths=-/run/docker.sock -/run/containerd
TemporaryFileSystem="/srv/100%% mine:ro"
BindPaths="/srv/100%% mine/web/releases/r1":"/srv/100%% mine/web/releases/r1"
BindPaths="/srv/100%% mine/web/volumes/data":"/var/lib/a b"

[Install]
WantedBy=multi-user.target
`);
});

test("without limits it says nothing of them, and root keeps what root may do", () => {
  const text = serviceUnit({ ...unit, user: "root", memoryMb: undefined, cpus: undefined });
  expect(text).not.toMatch(/MemoryMax|MemorySwapMax|CPUQuota|CapabilityBoundingSet/);
});

test("one that is kept is started again whenever it ends", () => {
  expect(keepDropIn()).toBe("[Service]\nRestart=always\nRestartSec=500ms\nRemainAfterExit=no\n");
});
