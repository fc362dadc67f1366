// Environment: what a stack command takes to be about one live machine, and no other stack.
import type { Home } from "./home";
import { CONTEXT, type Machine } from "./machine";

/** What a person sets who wants to go on with the machine: LIVE_HOME, since the others say another XDG_STATE_HOME. */
export function stackEnvironment(home: Home, machine: Pick<Machine, "kubeconfig">): Record<string, string> {
  return {
    LIVE_HOME: home.folder,
    KUBECONFIG: machine.kubeconfig,
    XDG_STATE_HOME: home.state,
    STACK: "dev",
    CONTEXT,
    CONFIG: home.config,
  };
}

/** The same for a program that is started from here, without what the developer may have set for other stacks. */
export function environmentOf(
  machine: Pick<Machine, "home" | "kubeconfig">,
): Readonly<Record<string, string | undefined>> {
  return { ...NOT_OF_HERE, ...stackEnvironment(machine.home, machine) };
}

/** What a developer may have set for stacks of their own. */
const NOT_OF_HERE: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  [
    "AS_IS",
    "CONTROL_PLANE",
    "FORCE",
    "JSON",
    "REFRESH",
    "RESET",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_STACK",
  ].map((name) => [name, undefined]),
);
