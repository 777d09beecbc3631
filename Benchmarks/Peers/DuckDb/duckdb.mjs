// Runs SQL in DuckDB and measures the part that counts. Arguments: the folder where @duckdb/node-api is installed, and a JSON object:
// threads, temp (folder for what does not fit memory), memoryLimit (optional), setup, timed, after: lists of statements.
// Prints one JSON object: seconds, cpuSeconds, peakMiB (of the whole process, until the timed part ends), rows (of the last timed statement).
import { createRequire } from 'node:module';

const [home, input] = process.argv.slice(2);
const spec = JSON.parse(input);
const { DuckDBInstance } = createRequire(`${home}/package.json`)('@duckdb/node-api');

const options = { threads: String(spec.threads), temp_directory: spec.temp };
if (spec.memoryLimit) options.memory_limit = spec.memoryLimit;
const instance = await DuckDBInstance.create(':memory:', options);
const connection = await instance.connect();

for (const sql of spec.setup ?? []) await connection.run(sql);

const cpu = process.cpuUsage();
const start = process.hrtime.bigint();
let last;
for (const sql of spec.timed) last = await connection.runAndReadAll(sql);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const used = process.cpuUsage(cpu);
const peakMiB = process.resourceUsage().maxRSS / 1024;
const rows = last.getRowsJson();

for (const sql of spec.after ?? []) await connection.run(sql);
console.log(JSON.stringify({ seconds, cpuSeconds: (used.user + used.system) / 1e6, peakMiB, rows }));
connection.closeSync();
process.exit(0);
