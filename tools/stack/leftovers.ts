// Leftovers: what a killed engine left running. It led a session of its own (process.ts), and nobody can get the number
// of a session that still has members; so whoever is in it belongs to that engine.
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** A plugin notices within a second that its engine is gone, and ends what it has under way. */
const NOTICE_MILLISECONDS = 2500;
const POLL_MILLISECONDS = 100;

/** Waits until nothing of these engines can change the cluster any more. */
export async function awaitEnd(engines: readonly number[]): Promise<void> {
  const until = Date.now() + NOTICE_MILLISECONDS;
  const isOver = (): boolean => hasProcesses() && engines.every((engine) => membersOf(engine).length === 0);
  while (Date.now() < until && !isOver())
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  for (const pid of engines.flatMap(membersOf)) end(pid);
}

/** Elsewhere than on Linux nobody tells, and the time has to do. */
const hasProcesses = (): boolean => existsSync("/proc/self/stat");

function membersOf(session: number): number[] {
  if (!hasProcesses()) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && sessionOf(name) === session)
    .map(Number);
}

/** The fourth field after the name, which is in parentheses and may have some itself. */
function sessionOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
  } catch {
    return undefined;
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
