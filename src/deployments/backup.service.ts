import { LockMode } from '@mikro-orm/core';
import { AppError, badInput } from '../kernel/errors.js';
import { assertAll } from '../kernel/faults.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { Backup, type BackupKind } from './backup.entity.js';
import { assertEnvironment, assertUuid, type Recorded } from './deployment.service.js';
import { recordedText } from './evidence.js';
import { msg } from '../kernel/message.js';

const MAX_LOCATION = 1000;

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

function assertBackup({ id, environment, sha256, sizeBytes, deploymentId, location }: NewBackup): void {
  assertAll(
    () => assertUuid(id, 'id'),
    () => assertEnvironment(environment),
    () => {
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw badInput('sha256', msg`Give 64 hexadecimal digits.`);
    },
    () => {
      if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw badInput('sizeBytes', msg`Give whole bytes.`);
    },
    () => assertUuid(deploymentId, 'deploymentId'),
    () => {
      if (location.trim() !== '' && location.length <= MAX_LOCATION) return;
      throw badInput('location', msg`Give a path or address of 1 to ${MAX_LOCATION} characters.`);
    },
  );
}

/**
 * Records a backup under the id that the recorder made. The same again is a repetition; one that has been verified since
 * is completed. Another content under the same id throws IDEMPOTENCY_MISMATCH.
 */
export const recordBackup = defineCommand(
  ['BAD_INPUT', 'IDEMPOTENCY_MISMATCH'],
  async (tx: Tx, input: NewBackup): Promise<Recorded> => {
    assertBackup(input);
    const known = await tx.em.findOne(Backup, { id: input.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!known) {
      const location = recordedText(input.location, MAX_LOCATION);
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
  },
);
