import { Reader } from '../../src/settings-reader.js';
import { BackupError } from '../backup/backup-error.js';
import { readBackupSettings, type BackupSettings } from '../backup/settings.js';

export interface CheckSettings {
  backup: BackupSettings;
  driver: 'local' | 'systemd' | 'compose';
  project: string;
  healthUrl: string;
  token: string | null;
  tlsHosts: readonly string[];
  tlsWarnDays: number;
  /** The certificate of a private authority, as text. */
  tlsCa: string | null;
  diskPaths: readonly string[];
  logFiles: readonly string[];
  /** Where logs and archives are cleaned up after cleanUpDays. */
  cleanUpDirs: readonly string[];
  cleanUpDays: number;
  imageRepository: string;
  keepImages: number;
  prometheusUrl: string | null;
  restart: boolean;
  backupMaxAgeHours: number;
}

const PRODUCTION_HOSTS = ['erp.tsh.sale', 'tsh.sale', 'www.tsh.sale', 'shop.tsh.sale', 'consumer.tsh.sale'];
const HTTP = ['http:', 'https:'];

/** Throws BackupError SETTINGS with all faults. */
export function readCheckSettings(env: Readonly<Record<string, string | undefined>>): CheckSettings {
  const backup = readBackupSettings(env);
  const reader = new Reader({ ...env });
  const listOr = (name: string, fallback: readonly string[]): readonly string[] => {
    const list = reader.list(name);
    return list.length > 0 ? list : fallback;
  };
  const served = backup.environment === 'production' || backup.environment === 'staging';
  const settings: CheckSettings = {
    backup,
    driver: reader.choice('DEPLOY_DRIVER', ['local', 'systemd', 'compose'] as const, served ? 'compose' : 'local'),
    project: reader.text('COMPOSE_PROJECT_NAME') ?? 'tsh_erp',
    healthUrl: reader.url('HEALTH_URL', HTTP) ?? `${reader.url('PUBLIC_URL', HTTP) ?? 'http://127.0.0.1:8000'}/health`,
    token: reader.text('DEPLOY_TOKEN'),
    tlsHosts: listOr('TLS_HOSTS', backup.environment === 'production' ? PRODUCTION_HOSTS : []),
    tlsWarnDays: reader.integer('TLS_WARN_DAYS', 30, 1, 365),
    // TLS_CA_FILE, as every setting may come from a file.
    tlsCa: reader.text('TLS_CA'),
    diskPaths: listOr('DISK_PATHS', ['/']),
    logFiles: listOr('LOG_FILES', ['/var/log/tsh_erp/app.log']),
    cleanUpDirs: reader.list('CLEANUP_DIRS'),
    cleanUpDays: reader.integer('CLEANUP_DAYS', 30, 1, 3650),
    imageRepository: reader.text('IMAGE_REPOSITORY') ?? 'tsh-erp',
    keepImages: reader.integer('KEEP_IMAGES_WEEKLY', 10, 1, 1000),
    prometheusUrl: reader.url('PROMETHEUS_URL', HTTP),
    restart: reader.flag('WEEKLY_RESTART', served),
    backupMaxAgeHours: reader.integer('BACKUP_MAX_AGE_HOURS', 26, 1, 10_000),
  };
  if (reader.faults.length > 0) throw new BackupError('SETTINGS', reader.faults.join('\n'));
  return settings;
}
