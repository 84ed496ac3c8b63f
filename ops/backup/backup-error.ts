/** Why a backup, a verification or a restore ended. The code is for programs, the message for the operator. */
export type BackupErrorCode =
  | 'SETTINGS'
  | 'ALREADY_RUNNING'
  | 'TOOL_MISSING'
  | 'TOOL_TOO_OLD'
  | 'DISK_FULL'
  | 'DUMP_FAILED'
  | 'CHECKSUM'
  | 'VERIFY_FAILED'
  | 'RESTORE_FAILED'
  | 'NOT_FOUND'
  | 'S3_FORBIDDEN'
  | 'S3_UNAVAILABLE'
  | 'S3_FAILED'
  | 'STOPPED';

export class BackupError extends Error {
  constructor(
    readonly code: BackupErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'BackupError';
  }
}

const NO_SPACE = /No space left on device|disk full/i;

/** A full disk is told as such, wherever it was met: by our own write, by pg_dump or by the database server. */
export function asBackupError(error: unknown, code: BackupErrorCode, what: string): BackupError {
  if (error instanceof BackupError) return error;
  const { code: system, message = String(error) } = error as NodeJS.ErrnoException;
  if (system === 'ENOSPC' || system === '53100' || NO_SPACE.test(message)) {
    return new BackupError('DISK_FULL', `${what}: no space is left on the disk. Free some and try again.`);
  }
  return new BackupError(code, `${what}: ${message || system || 'no reason given'}`);
}
