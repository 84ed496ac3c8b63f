import { LockMode } from '@mikro-orm/core';
import { AppError, badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import type { Tx } from '../platform/db/transact.js';
import { Backup, type BackupKind } from './backup.entity.js';
import type { Recorded } from './deployment.service.js';
import { recordedText } from './evidence.js';
import { msg } from '../kernel/message.js';

export interface NewBackup {
  id: string;
  environment: string;
  kind: BackupKind;
  deploymentId: string | null;
  sha256: string;
  sizeBytes: number;
  location: string;
  takenAt: Date;
  verifiedAt: Date | null;
}

/**
 * Records a backup under the id that the recorder made. The same again is a repetition; one that has been verified since
 * is completed. Another content under the same id throws IDEMPOTENCY_MISMATCH.
 */
export async function recordBackup(tx: Tx, input: NewBackup): Promise<Recorded> {
  if (!isId(input.id)) throw badInput('id', msg`Give a UUID.`);
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(input.environment)) {
    throw badInput('environment', msg`Use a name such as staging or production.`);
  }
  if (!/^[0-9a-f]{64}$/.test(input.sha256)) throw badInput('sha256', msg`Give 64 hexadecimal digits.`);
  if (!Number.isSafeInteger(input.sizeBytes) || input.sizeBytes < 0)
    throw badInput('sizeBytes', msg`Give whole bytes.`);
  if (input.deploymentId !== null && !isId(input.deploymentId)) throw badInput('deploymentId', msg`Give a UUID.`);
  if (input.location.trim() === '' || input.location.length > 1000) {
    throw badInput('location', msg`Give a path or address of 1 to 1000 characters.`);
  }
  const known = await tx.em.findOne(Backup, { id: input.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!known) {
    const location = recordedText(input.location, 1000);
    tx.em.create(Backup, { ...input, location, recordedBy: tx.actor });
    return { id: input.id, replayed: false };
  }
  const same =
    known.environment === input.environment &&
    known.kind === input.kind &&
    known.sha256 === input.sha256 &&
    Number(known.sizeBytes) === input.sizeBytes;
  if (!same) {
    throw new AppError('IDEMPOTENCY_MISMATCH', msg`It was recorded before with another content.`, { field: 'id' });
  }
  if (known.verifiedAt || !input.verifiedAt) return { id: known.id, replayed: true };
  known.verifiedAt = input.verifiedAt;
  return { id: known.id, replayed: false };
}
