// Runs the app and ends it when standard input closes: that is when the demo disposes of it or dies in any way, SIGKILL included.
// Arguments: the command and its arguments. Exit code: the app's.
const { spawn } = require('node:child_process');

const [command, ...args] = process.argv.slice(1);
const app = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
app.on('error', (error) => {
  console.error(String(error));
  process.exit(127);
});
app.on('exit', (code) => process.exit(code ?? 1));

// Ctrl+C in a terminal reaches the app itself; this process waits for it to end.
process.on('SIGINT', () => {});
process.on('SIGTERM', stop);

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  app.kill('SIGTERM');
  setTimeout(() => app.kill('SIGKILL'), 12_000).unref();
}
process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
