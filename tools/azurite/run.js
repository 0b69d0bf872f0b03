// Runs the installed Azurite in one of two ways. The arguments after the first are Azurite's own.
//   attached:     in this process; ends when standard input closes, so that it never outlives a test run that was killed.
//   detached LOG: in a session of its own, so that Ctrl+C in the terminal does not take storage away from an app that
//                 is still draining. Prints the process id and returns.
const path = require("node:path");
const entry = path.join(__dirname, "node_modules", "azurite", "dist", "src", "azurite.js");
const [mode, ...rest] = process.argv.slice(2);

if (mode === "attached") {
  process.argv = [process.argv[0], entry, ...rest];
  process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0)).resume();
  process.stdin.unref(); // or it would keep the process alive after SIGTERM has closed the servers
  require(entry);
} else if (mode === "detached") {
  const log = require("node:fs").openSync(rest[0], "a");
  const child = require("node:child_process").spawn(process.execPath, [entry, ...rest.slice(1)],
    { detached: true, stdio: ["ignore", log, log] });
  console.log(child.pid);
  child.unref();
} else {
  console.error("usage: node run.js attached|detached ...");
  process.exitCode = 2;
}
