import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigFault } from './settings-reader.js';

/** What a development installation makes for itself once. */
export interface GeneratedSecrets {
  jwtSecret: string;
  encryptionKey: string;
  webhookSecret: string;
  adminPassword: string;
}

export const EMPTY_SECRETS: GeneratedSecrets = {
  jwtSecret: '',
  encryptionKey: '',
  webhookSecret: '',
  adminPassword: '',
};

/** Where the secrets of a development installation are kept, so that sessions survive a restart. */
export function secretsFile(dataDir: string): string {
  return path.join(dataDir, 'secrets.json');
}

export function readSecrets(dataDir: string): GeneratedSecrets | null {
  const file = secretsFile(dataDir);
  if (!existsSync(file)) return null;
  try {
    return { ...EMPTY_SECRETS, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<GeneratedSecrets>) };
  } catch {
    throw new ConfigFault([`${file} is not readable JSON. Delete it to have new secrets made, or restore it.`]);
  }
}
