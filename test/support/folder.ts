import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A fresh folder that anybody may enter, so that root's Postgres keeps its data there and it goes with the folder. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `tsh-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}
