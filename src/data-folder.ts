import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSecrets, secretsFile, type GeneratedSecrets } from './secrets-file.js';
import { ConfigFault } from './settings-reader.js';
import { StartFault } from './kernel/start-fault.js';

/** What a development installation keeps in its data folder: its secrets, who uses the folder, and where its Postgres is. */

/** The secrets of the folder; made on the first start, so that sessions survive a restart. Throws StartFault. */
export function keepSecrets(dataDir: string): GeneratedSecrets {
  try {
    mkdirSync(dataDir, { recursive: true });
    const kept = readSecrets(dataDir);
    if (kept) return kept;
    const secrets = {
      jwtSecret: randomBytes(32).toString('hex'),
      encryptionKey: randomBytes(32).toString('hex'),
      webhookSecret: randomBytes(16).toString('hex'),
      adminPassword: randomBytes(9).toString('base64url'),
    };
    return writeOnce(secretsFile(dataDir), JSON.stringify(secrets, null, 2)) ? secrets : keepSecrets(dataDir);
  } catch (error) {
    if (error instanceof ConfigFault) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new StartFault(
      `The data folder ${dataDir} cannot be used: ${code ?? 'unknown'}. Set DATA_DIR to another place.`,
    );
  }
}

/** Writes the whole file or none of it; false when another process was first, whose file then stays. */
function writeOnce(file: string, text: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, text, { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

const pidFile = (dataDir: string): string => path.join(dataDir, 'instance.pid');
const urlFile = (dataDir: string): string => path.join(dataDir, 'instance.database');

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** The process that uses the folder, or null: it is gone, or the number belongs to somebody else by now. */
function findHolder(dataDir: string): number | null {
  const pid = Number(readText(pidFile(dataDir)));
  if (pid <= 1 || pid === process.pid) return null;
  try {
    process.kill(pid, 0);
  } catch {
    return null;
  }
  const command = readText(`/proc/${pid}/cmdline`);
  return command.includes('main.js') ? pid : null;
}

/** Two processes on one data folder would fight over its Postgres. Answers what gives the folder back. */
export function claimFolder(dataDir: string): () => void {
  const holder = findHolder(dataDir);
  if (holder !== null) {
    throw new StartFault(`Another instance (process ${holder}) uses ${dataDir}. Stop it, or set DATA_DIR.`);
  }
  writeFileSync(pidFile(dataDir), String(process.pid));
  return () => {
    rmSync(pidFile(dataDir), { force: true });
    rmSync(urlFile(dataDir), { force: true });
  };
}

/** Notes where the Postgres of the folder listens, for commands that run beside the server. It holds a password. */
export function noteDatabase(dataDir: string, url: string): void {
  writeFileSync(urlFile(dataDir), url, { mode: 0o600 });
}

/** Where the Postgres of the instance that uses the folder listens; null when there is none. */
export function findDatabase(dataDir: string): string | null {
  return findHolder(dataDir) === null ? null : readText(urlFile(dataDir)) || null;
}
