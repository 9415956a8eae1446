/*
 * Measures the budgets of the design, each scenario on a console of its own, and reports which budgets hold. To add a
 * scenario: its file here, and its line in SCENARIOS.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dockerOverSsh } from "./docker-over-ssh";
import { engineTime } from "./engine-time";
import { Installation } from "./harness/installation";
import { describeMachine, type Machine } from "./harness/machine";
import { verdictOf } from "./harness/measure";
import type { Scenario } from "./harness/scenario";
import { drawTable, type Row } from "./harness/table";
import { health } from "./health";
import { history } from "./history";
import { idleMemory } from "./idle-memory";
import { lineLatency } from "./line-latency";
import { logThroughput } from "./log-throughput";
import { oldAssets } from "./old-assets";
import { pageWeight } from "./page-weight";
import { pickUp } from "./pick-up";
import { push } from "./push";
import { redeployUnderLoad } from "./redeploy-under-load";
import { rollback } from "./rollback";
import { stackOverhead } from "./stack-overhead";
import { switchOnServer } from "./switch-on-server";
import { takeOver } from "./take-over";
import { transfer } from "./transfer";
import { viewers } from "./viewers";

const SCENARIOS: readonly Scenario[] = [
  idleMemory,
  pageWeight,
  health,
  pickUp,
  takeOver,
  lineLatency,
  logThroughput,
  viewers,
  engineTime,
  push,
  rollback,
  redeployUnderLoad,
  oldAssets,
  dockerOverSsh,
  transfer,
  switchOnServer,
  stackOverhead,
  history,
];

/** Runs the named scenarios, or all. The exit code is 1 when a budget does not hold or a scenario failed to run. */
export async function runBench(root: string, names: readonly string[]): Promise<void> {
  const chosen = choose(names);
  const machine = describeMachine(root);
  const rows: Row[] = [];
  for (const scenario of chosen) {
    if (Installation.interrupted) break;
    const startedMs = performance.now();
    console.error(`… ${scenario.name}`);
    try {
      rows.push(...(await runScenario(root, scenario, machine)));
    } catch (error) {
      process.exitCode = 1;
      console.error(`✗ ${scenario.name} could not be measured:`, error);
    }
    console.error(`  ${scenario.name} took ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  }
  if (rows.some((row) => verdictOf(row) === "does not hold")) process.exitCode = 1;
  console.log(factsOf(machine));
  console.log(drawTable(rows));
  console.log(`\nas JSON in ${await save(root, machine, rows)}`);
}

function choose(names: readonly string[]): readonly Scenario[] {
  const known = SCENARIOS.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`No scenario ${unknown.join(", ")}: choose from ${known.join(", ")}.`);
  return names.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => names.includes(name));
}

async function runScenario(root: string, scenario: Scenario, machine: Machine): Promise<Row[]> {
  const landfall = await Installation.start(root, scenario.settings);
  try {
    const { rows } = await landfall.database.query<{ server_version: string }>("SHOW server_version");
    machine.postgres = rows[0]?.server_version ?? null;
    const measures = await scenario.run(landfall);
    return measures.map((measure) => ({ scenario: scenario.name, ...measure }));
  } finally {
    await landfall.stop();
  }
}

function factsOf({ date, commit, cores, processor, memoryMiB, kernel, node, postgres, loadBefore }: Machine): string {
  const memory = `${(memoryMiB / 1_024).toFixed(1)} GiB`;
  return `\n${date}, commit ${commit}: ${cores} × ${processor}, ${memory}, Linux ${kernel}, Node.js ${node}, Postgres ${postgres}, load before ${loadBefore}\n`;
}

async function save(root: string, machine: Machine, rows: readonly Row[]): Promise<string> {
  const folder = join(root, "bench/results");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${machine.date.replaceAll(/[:.]/g, "-")}.json`);
  const results = rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
  await writeFile(file, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  return file;
}
