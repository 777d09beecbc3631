// Runs Azurite in this process and ends it, with its data saved, when standard input closes: that is when the process that
// started us disposes of us or dies in any way. Arguments: Azurite's script, its folder, "keep" or "drop", Azurite's own flags.
const fs = require('node:fs');
const path = require('node:path');

const [script, folder, fate, ...flags] = process.argv.slice(1);
process.argv = [process.argv[0], script, ...flags];

const pidFile = path.join(folder, 'azurite.pid');
fs.writeFileSync(pidFile, String(process.pid));
process.on('exit', () => {
  if (fate === 'keep') fs.rmSync(pidFile, { force: true });
  else fs.rmSync(folder, { recursive: true, force: true });
});

// Ctrl+C in a terminal reaches every process in it. Storage must outlive the app that is shutting down in an orderly way.
const once = process.once;
process.once = (event, listener) => (event === 'SIGINT' ? process : once.call(process, event, listener));
process.on('SIGINT', () => {});

// Nobody may be left to read what we print.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

// Azurite saves each service on closing it; open connections would keep the process alive after that.
const log = console.log;
let closed = 0;
console.log = (...args) => {
  log(...args);
  if (/successfully closed/.test(String(args[0])) && ++closed === 3) process.exit(0);
};

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), 10_000);
  if (!process.emit('SIGTERM')) process.exit(0);
}
process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();

require(script);
