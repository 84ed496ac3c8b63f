/** The settings that decide how many connections the processes of one environment may open. */
export interface ConnectionSettings {
  role: string;
  apiProcesses: number;
  workerProcesses: number;
  database: { poolSize: number; maxOverflow: number };
}

// Postgres keeps 3 for superusers; the rest is for a backup, a migration, a restore test and an operator's psql.
const RESERVED = 8;

const counted = (count: number, noun: string, plural: string): string => `${count} ${noun}${count === 1 ? '' : plural}`;

/**
 * Answers one line that says why the processes need more than `maxConnections`, or null when they do not. Blue and
 * green run side by side during a switch, so the API counts twice; there is one colour of workers and one notifier.
 */
export function connectionFault(settings: ConnectionSettings, maxConnections: number): string | null {
  const { apiProcesses, workerProcesses, role } = settings;
  const pool = settings.database.poolSize + settings.database.maxOverflow;
  // A process that takes jobs listens for new ones on a connection of its own.
  const [parts, processes, listeners] =
    role === 'all'
      ? ['two colours of one process', 2, 2]
      : [
          `two colours of ${counted(apiProcesses, 'API process', 'es')}, ${counted(workerProcesses, 'worker', 's')} and one notifier`,
          2 * apiProcesses + workerProcesses + 1,
          workerProcesses,
        ];
  const needed = processes * pool + listeners + RESERVED;
  if (needed <= maxConnections) return null;
  return `The processes may open ${needed} database connections (${parts}, ${pool} each, and ${RESERVED} kept free); max_connections is ${maxConnections}. Lower DB_POOL_SIZE, DB_MAX_OVERFLOW or API_PROCESSES, or raise max_connections.`;
}
