// Leftovers: what a killed engine left running: providers, and the program, which would go on waiting for its engine.
// The engine led a session of its own (process.ts), and nobody can get the number of a session that still has members;
// so whoever is in it belongs to that engine.
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** A plugin notices within a second that its engine is gone, and ends what it has under way. */
const NOTICE_MILLISECONDS = 2500;
const POLL_MILLISECONDS = 100;

/** Waits until nothing of these engines can change the cluster any more; ends what does not end by itself. */
export async function awaitEnd(engines: readonly number[]): Promise<void> {
  const isOver = (): boolean => hasProcesses() && engines.every((engine) => membersOf(engine).length === 0);
  await awaitUntil(isOver);
  if (isOver()) return;
  for (const pid of engines.flatMap(membersOf)) end(pid);
  if (hasProcesses()) await awaitUntil(isOver);
}

async function awaitUntil(isSo: () => boolean): Promise<void> {
  const until = Date.now() + NOTICE_MILLISECONDS;
  while (Date.now() < until && !isSo())
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
}

/** Elsewhere than on Linux nobody tells, and the time has to do. */
const hasProcesses = (): boolean => existsSync("/proc/self/stat");

function membersOf(session: number): number[] {
  if (!hasProcesses()) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && sessionOf(name) === session)
    .map(Number);
}

/** Nothing for one that has ended, even when nobody has asked about it yet. */
function sessionOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // After the name, which is in parentheses and may have some itself: state, parent, group, session.
    const [state = "", , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return /[ZX]/.test(state) ? undefined : Number(session);
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
