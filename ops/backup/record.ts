import path from 'node:path';
import { folderOf, listBackups, writeManifest, type Manifest, type Part } from './manifest.js';
import type { BackupSettings } from './settings.js';

/** The GraphQL operation of the server's deployment record. */
export const RECORD_BACKUP = `mutation($input: RecordBackupInput!) {
  recordBackup(input: $input) { __typename ... on UserError { code message } } }`;

const KINDS: Record<Part, string> = { postgres: 'DATABASE', redis: 'REDIS', uploads: 'UPLOADS' };
const TIMEOUT_MS = 10_000;

interface Answer {
  data?: { recordBackup?: { __typename: string; message?: string } } | null;
  errors?: { message: string }[];
}

/**
 * Tells the server which good backups there are, so that its check of a rollback can name one. The manifests are the
 * journal: what the server could not take, because it was down or older, is told again after the next backup. Never
 * rejects, for a backup is good whether it is recorded or not.
 */
export async function recordBackups(settings: BackupSettings, out: (line: string) => void): Promise<void> {
  const { record } = settings;
  if (record === null) return;
  try {
    // The newest first: it is the one that a rollback would ask for.
    for (const manifest of await listBackups(settings.dir)) {
      if (manifest.state !== 'good' || manifest.recordedAt) continue;
      const answers = inputsOf(settings, manifest).map((input) => call(record, input));
      const refusal = (await Promise.all(answers)).find((one) => one !== null);
      if (refusal) {
        out(`The server refuses to record backup ${manifest.id}: ${refusal}`);
        continue;
      }
      manifest.recordedAt = new Date().toISOString();
      await writeManifest(folderOf(settings.dir, manifest.id), manifest);
    }
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    out(`The server has not recorded the backup: ${cause?.code ?? message}. It is told again after the next one.`);
  }
}

function inputsOf(settings: BackupSettings, manifest: Manifest): Record<string, unknown>[] {
  const folder = folderOf(settings.dir, manifest.id);
  return manifest.files.map(({ recordId, part, name, bytes, sha256 }) => ({
    id: recordId,
    environment: manifest.environment,
    deploymentId: manifest.deploymentId ?? null,
    kind: KINDS[part],
    sha256,
    sizeBytes: bytes,
    location:
      manifest.s3 === null ? path.join(folder, name) : `s3://${manifest.s3.bucket}/${manifest.s3.prefix}${name}`,
    takenAt: manifest.createdAt,
    verifiedAt: manifest.verifiedAt,
  }));
}

/** Null when it is recorded, else why the server refuses it. Throws when the server could not be asked. */
async function call(record: { url: string; token: string }, input: Record<string, unknown>): Promise<string | null> {
  const response = await fetch(`${record.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${record.token}` },
    body: JSON.stringify({ query: RECORD_BACKUP, variables: { input } }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
  });
  const answer = (await response.json().catch(() => ({}))) as Answer;
  const result = answer.data?.recordBackup;
  if (!result) throw new Error(answer.errors?.[0]?.message ?? `HTTP ${response.status}`);
  return result.__typename === 'BackupRecorded' ? null : (result.message ?? result.__typename);
}
