import { runChild } from './child.js';

/** Releases that are kept on this host as images, oldest out; the drivers differ only in this seam. */
export interface ImageStore {
  list(): Promise<ReleaseImage[]>;
  remove(image: ReleaseImage): Promise<void>;
}

export interface ReleaseImage {
  id: string;
  tag: string;
  createdAt: Date;
  /** A container runs it, or stands ready to: it is never removed. */
  inUse: boolean;
}

/** The images to remove: all but the newest `keep`, and never one in use or of a version that must stay. */
export function surplusImages(
  images: readonly ReleaseImage[],
  keep: number,
  versionsToKeep: ReadonlySet<string> = new Set(),
): ReleaseImage[] {
  const newestFirst = [...images].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  return newestFirst.slice(keep).filter((image) => !image.inUse && !versionsToKeep.has(image.tag));
}

export async function pruneImages(
  store: ImageStore,
  keep: number,
  out: (line: string) => void,
  versionsToKeep?: ReadonlySet<string>,
): Promise<number> {
  const images = await store.list();
  let removed = 0;
  for (const image of surplusImages(images, keep, versionsToKeep)) {
    try {
      await store.remove(image);
      removed += 1;
      out(`Removed image ${image.tag}.`);
    } catch (error) {
      out(`Image ${image.tag} stays: ${error instanceof Error ? error.message : 'no reason given'}`);
    }
  }
  return removed;
}

interface DockerImage {
  ID: string;
  Tag: string;
  CreatedAt: string;
}

/** The images of one repository in Docker. Volumes are never touched. */
export function dockerImages(repository: string, docker = 'docker'): ImageStore {
  const run = async (args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runChild(docker, args, { env: { HOME: process.env['HOME'] } });
    if (code !== 0) throw new Error(stderr.trim() || `docker ended with ${code}`);
    return stdout;
  };
  const lines = (text: string): string[] => text.trim().split('\n').filter(Boolean);
  return {
    async list() {
      const used = new Set(lines(await run(['ps', '--all', '--format', '{{.Image}}'])));
      const rows = lines(await run(['image', 'ls', repository, '--format', '{{json .}}']));
      return rows.map((row) => {
        const { ID, Tag, CreatedAt } = JSON.parse(row) as DockerImage;
        // `2026-11-20 08:15:00 +0300 +03`: the zone's name at the end is no part of an instant.
        const createdAt = new Date(CreatedAt.split(' ').slice(0, 3).join(' '));
        return { id: ID, tag: Tag, createdAt, inUse: used.has(`${repository}:${Tag}`) || used.has(ID) };
      });
    },
    remove: async ({ tag }) => void (await run(['image', 'rm', `${repository}:${tag}`])),
  };
}
