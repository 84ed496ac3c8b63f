/** One thing that `npm run check:ops` looks at. */
export interface Check {
  name: string;
  /** Programs that it calls; a missing one is installed, or fails the whole run. */
  tools: readonly ToolName[];
  /** Answers one line per fault; none: all is well. */
  run(): Promise<readonly string[]>;
}

/** The programs, and the Debian package that brings each. */
export const TOOLS = {
  shellcheck: 'shellcheck',
  yamllint: 'yamllint',
  'docker-compose': 'docker-compose',
  promtool: 'prometheus',
  amtool: 'prometheus-alertmanager',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  'systemd-analyze': 'systemd',
  visudo: 'sudo',
  nginx: 'nginx-light',
  pgbackrest: 'pgbackrest',
} as const;
export type ToolName = keyof typeof TOOLS;
