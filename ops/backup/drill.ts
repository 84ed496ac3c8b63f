import { withLock } from './admin.js';
import { createBackupLocked, type BackupOptions, type BackupReport } from './backup.js';
import { BackupError } from './backup-error.js';
import { withScratch } from './database-copy.js';
import { readManifest } from './manifest.js';
import { probeServer } from './server-probe.js';

export interface DrillReport {
  backup: BackupReport;
  /** From the start of the restore to the compared database. */
  restoreMs: number;
  serverMs: number;
  health: Record<string, unknown>;
  totalMs: number;
}

/** The whole way once: backup with its proof, restore again into a scratch database, this release's server on it. */
export function runDrill(options: BackupOptions): Promise<DrillReport> {
  const { settings, now = () => new Date(), signal } = options;
  const begun = performance.now();
  return withLock(settings, async (admin) => {
    const backup = await createBackupLocked(admin, { ...options, parts: options.parts ?? ['postgres', 'uploads'] });
    const manifest = await readManifest(settings.dir, backup.id);
    const restoring = performance.now();
    return withScratch(settings, admin, manifest, { folder: backup.folder, at: now(), signal }, async (copy) => {
      const restoreMs = Math.round(performance.now() - restoring);
      const server = await probeServer(copy.url);
      if (!server.ready) {
        throw new BackupError(
          'VERIFY_FAILED',
          `The server does not become ready on the restored database: ${JSON.stringify(server.health)}`,
        );
      }
      return {
        backup,
        restoreMs,
        serverMs: server.ms,
        health: server.health,
        totalMs: Math.round(performance.now() - begun),
      };
    });
  });
}
