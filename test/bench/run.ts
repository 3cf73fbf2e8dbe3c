/** `npm run bench`: ratios against baselines taken in the same run; `--quick`, `--json`, `--only NAME`. */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { CASES, type Result, type Scale } from './cases.ts';
import { canPin, pinClient } from './processes.ts';

const WHOLE: Scale = { patients: 100, largePatients: 1000, rounds: 7, ms: 2000 };
const QUICK: Scale = { patients: 10, largePatients: 100, rounds: 3, ms: 500 };

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, only: { type: 'string' } },
});
const scale = values.quick ? QUICK : WHOLE;
const chosen = Object.entries(CASES).filter(([name]) => values.only === undefined || values.only === name);
if (chosen.length === 0) {
  console.error(`--only takes one of ${Object.keys(CASES).join(', ')}`);
  process.exit(2);
}
pinClient();
const machine = {
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  pinned: canPin,
  // Above one at the start, others work here too, and the figures are theirs as well.
  loadBefore: loadavg()[0],
  scale,
};
if (!values.json) console.log(JSON.stringify(machine));
const results: Result[] = [];
for (const [, run] of chosen) {
  const found = await run(scale);
  results.push(...found);
  if (!values.json) for (const result of found) console.log(line(result));
}
if (values.json) console.log(JSON.stringify({ machine, results }, undefined, 2));
else if (results.some((result) => met(result) === false)) console.log('* misses its bound');

function met({ value, bound }: Result): boolean | undefined {
  if (bound === undefined) return undefined;
  const [sign, limit] = bound.split(' ');
  return sign === '>=' ? value >= Number(limit) : value <= Number(limit);
}

function line(result: Result): string {
  const { name, value, byCpu, bound = '', figures } = result;
  const sides = figures.map((side) => `${side.name} ${side.rate.toFixed(0)}/s ${side.cpu.toFixed(0)} us`).join(', ');
  const cpu = byCpu === undefined ? '' : `by cpu ${byCpu.toFixed(3)}`;
  return `${met(result) === false ? '*' : ' '} ${name.padEnd(38)} ${value.toFixed(3).padStart(9)}  ${bound.padEnd(8)} ${cpu}  ${sides}`;
}
